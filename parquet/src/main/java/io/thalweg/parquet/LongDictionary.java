package io.thalweg.parquet;

import java.util.Arrays;

/** Distinct 64-bit values in order of appearance, found by hashing. Reused; one thread. */
final class LongDictionary {
  private static final int SAMPLE = 2048;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private int[] slots = new int[0];
  private long[] distinct = new long[0];
  private int size;

  /** Distinct values found. */
  int size() {
    return size;
  }

  /** The distinct values, from 0 to {@link #size()}. */
  long[] distinct() {
    return distinct;
  }

  /**
   * Finds the distinct values of {@code values[0, count)}.
   *
   * @param indices receives each value's place in the dictionary
   * @return false where there are more than {@code most}, or a sample says so
   */
  boolean build(long[] values, int count, int most, int[] indices) {
    if (count > 4 * SAMPLE) {
      start(SAMPLE);
      int stride = count / SAMPLE;
      for (int i = 0; i < SAMPLE; i++) {
        index(values[i * stride]);
      }
      if (size > SAMPLE / 2) {
        return false;
      }
    }
    start(most + 1);
    for (int i = 0; i < count; i++) {
      indices[i] = index(values[i]);
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
    if (distinct.length < capacity) {
      distinct = new long[capacity];
    }
    size = 0;
  }

  private int index(long value) {
    int mask = slots.length - 1;
    long hash = value * MULTIPLIER;
    int slot = (int) (hash ^ (hash >>> 32)) & mask;
    while (true) {
      int index = slots[slot] - 1;
      if (index < 0) {
        slots[slot] = size + 1;
        distinct[size] = value;
        return size++;
      }
      if (distinct[index] == value) {
        return index;
      }
      slot = (slot + 1) & mask;
    }
  }
}
