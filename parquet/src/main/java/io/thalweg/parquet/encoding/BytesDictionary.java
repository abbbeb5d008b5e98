package io.thalweg.parquet.encoding;

import java.util.Arrays;

/** Distinct byte strings in order of appearance, found by hashing. Reused; one thread. */
public final class BytesDictionary {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private final HashSlots table = new HashSlots();
  private int[] first = new int[64];
  private long[] hashes = new long[64];
  private int size;

  /** Distinct values found. */
  public int size() {
    return size;
  }

  /** The index of each distinct value's first occurrence, from 0 to {@link #size()}. */
  public int[] first() {
    return first;
  }

  /**
   * Finds the distinct values.
   *
   * @param data all bytes; up to eight bytes after a value may be read
   * @param offsets value i is {@code data[offsets[i], offsets[i + 1])}
   * @param indices receives each value's place in the dictionary
   * @return false where there are more than {@code most}, or a sample says so
   */
  public boolean build(byte[] data, int[] offsets, int count, int most, int[] indices) {
    int sample = HashSlots.sample(count);
    if (sample > 0) {
      start();
      int stride = count / sample;
      for (int i = 0; i < sample; i++) {
        index(data, offsets, i * stride);
      }
      if (HashSlots.tooMany(size, most)) {
        return false;
      }
    }
    start();
    for (int i = 0; i < count; i++) {
      indices[i] = index(data, offsets, i);
      if (size > most) {
        return false;
      }
    }
    return true;
  }

  private void start() {
    table.clear();
    size = 0;
  }

  private int index(byte[] data, int[] offsets, int value) {
    int start = offsets[value];
    int length = offsets[value + 1] - start;
    long hash = hash(data, start, length);
    int[] slots = table.slots();
    int mask = slots.length - 1;
    int slot = (int) (hash >>> table.shift());
    while (true) {
      int index = slots[slot] - 1;
      if (index < 0) {
        return add(value, hash, slot);
      }
      if (hashes[index] == hash && same(data, offsets, first[index], start, length)) {
        return index;
      }
      slot = (slot + 1) & mask;
    }
  }

  private int add(int value, long hash, int slot) {
    if (size == first.length) {
      first = Arrays.copyOf(first, size * 2);
      hashes = Arrays.copyOf(hashes, size * 2);
    }
    first[size] = value;
    hashes[size] = hash;
    table.slots()[slot] = ++size;
    if (table.full(size)) {
      table.grow(hashes, size);
    }
    return size - 1;
  }

  private static boolean same(byte[] data, int[] offsets, int other, int start, int length) {
    int otherStart = offsets[other];
    if (offsets[other + 1] - otherStart != length) {
      return false;
    }
    // For at most eight bytes, values of one length never collide.
    return length <= 8
        || Arrays.equals(data, start, start + length, data, otherStart, otherStart + length);
  }

  private static long hash(byte[] data, int start, int length) {
    if (length <= 8) {
      long word = length == 0 ? 0 : Words.int64(data, start) & (-1L >>> (64 - 8 * length));
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
