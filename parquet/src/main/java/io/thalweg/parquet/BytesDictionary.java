package io.thalweg.parquet;

import java.util.Arrays;

/** Distinct byte strings in order of appearance, found by hashing. Reused; one thread. */
final class BytesDictionary {
  private static final int SAMPLE = 2048;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private int[] slots = new int[0];
  private int[] first = new int[0];
  private long[] hashes = new long[0];
  private int size;

  /** Distinct values found. */
  int size() {
    return size;
  }

  /** Where each distinct value stands for the first time, from 0 to {@link #size()}. */
  int[] first() {
    return first;
  }

  /**
   * Finds the distinct values.
   *
   * @param data all bytes, eight more may be read
   * @param offsets value i is {@code data[offsets[i], offsets[i + 1])}
   * @param indices receives each value's place in the dictionary
   * @return false where there are more than {@code most}, or a sample says so
   */
  boolean build(byte[] data, int[] offsets, int count, int most, int[] indices) {
    if (count > 4 * SAMPLE) {
      start(SAMPLE);
      int stride = count / SAMPLE;
      for (int i = 0; i < SAMPLE; i++) {
        index(data, offsets, i * stride);
      }
      if (size > SAMPLE / 2) {
        return false;
      }
    }
    start(most + 1);
    for (int i = 0; i < count; i++) {
      indices[i] = index(data, offsets, i);
      if (size > most) {
        return false;
      }
    }
    return true;
  }

  private void start(int capacity) {
    int wanted = Integer.highestOneBit(Math.max(16, capacity)) << 2;
    if (slots.length != wanted) {
      slots = new int[wanted];
    } else {
      Arrays.fill(slots, 0);
    }
    if (first.length < capacity) {
      first = new int[capacity];
      hashes = new long[capacity];
    }
    size = 0;
  }

  private int index(byte[] data, int[] offsets, int value) {
    int start = offsets[value];
    int length = offsets[value + 1] - start;
    long hash = hash(data, start, length);
    int mask = slots.length - 1;
    int slot = (int) (hash ^ (hash >>> 32)) & mask;
    while (true) {
      int index = slots[slot] - 1;
      if (index < 0) {
        slots[slot] = size + 1;
        first[size] = value;
        hashes[size] = hash;
        return size++;
      }
      if (hashes[index] == hash && same(data, offsets, first[index], start, length)) {
        return index;
      }
      slot = (slot + 1) & mask;
    }
  }

  private static boolean same(byte[] data, int[] offsets, int other, int start, int length) {
    int otherStart = offsets[other];
    if (offsets[other + 1] - otherStart != length) {
      return false;
    }
    // Up to eight bytes the hash is one to one.
    return length <= 8
        || Arrays.equals(data, start, start + length, data, otherStart, otherStart + length);
  }

  private static long hash(byte[] data, int start, int length) {
    if (length <= 8) {
      long word = length == 0 ? 0 : Words.int64(data, start) << (64 - 8 * length);
      return word * MULTIPLIER;
    }
    long hash = length;
    int at = start;
    for (int end = start + length - 8; at < end; at += 8) {
      hash = mix(hash, Words.int64(data, at));
    }
    return mix(hash, Words.int64(data, start + length - 8));
  }

  private static long mix(long hash, long word) {
    long mixed = (hash ^ word) * MULTIPLIER;
    return mixed ^ (mixed >>> 29);
  }
}
