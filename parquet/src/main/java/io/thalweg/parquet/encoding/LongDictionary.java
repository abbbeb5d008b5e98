package io.thalweg.parquet.encoding;

import java.util.Arrays;

/** Distinct 64-bit values in order of appearance, found by hashing. Reused; one thread. */
public final class LongDictionary {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private final HashSlots table = new HashSlots();
  private long[] distinct = new long[64];
  private long[] hashes = new long[64];
  private int size;

  /** Distinct values found. */
  public int size() {
    return size;
  }

  /** The distinct values, from 0 to {@link #size()}. */
  public long[] distinct() {
    return distinct;
  }

  /**
   * Finds the distinct values of {@code values[0, count)}.
   *
   * @param indices receives each value's place in the dictionary
   * @return false where there are more than {@code most}, or a sample says so
   */
  public boolean build(long[] values, int count, int most, int[] indices) {
    int sample = HashSlots.sample(count);
    if (sample > 0) {
      start();
      int stride = count / sample;
      for (int i = 0; i < sample; i++) {
        index(values[i * stride]);
      }
      if (HashSlots.tooMany(size, most)) {
        return false;
      }
    }
    start();
    for (int i = 0; i < count; i++) {
      indices[i] = index(values[i]);
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

  private int index(long value) {
    int[] slots = table.slots();
    int mask = slots.length - 1;
    long hash = value * MULTIPLIER;
    int slot = (int) (hash >>> table.shift());
    while (true) {
      int index = slots[slot] - 1;
      if (index < 0) {
        return add(value, hash, slot);
      }
      if (distinct[index] == value) {
        return index;
      }
      slot = (slot + 1) & mask;
    }
  }

  private int add(long value, long hash, int slot) {
    if (size == distinct.length) {
      distinct = Arrays.copyOf(distinct, size * 2);
      hashes = Arrays.copyOf(hashes, size * 2);
    }
    distinct[size] = value;
    hashes[size] = hash;
    table.slots()[slot] = ++size;
    if (table.full(size)) {
      table.grow(hashes, size);
    }
    return size - 1;
  }
}
