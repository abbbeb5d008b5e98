package io.thalweg.parquet.encoding;

import java.util.Arrays;

/**
 * The slots of a hash table with open addressing, each with a dictionary index plus one, or 0. The
 * owner keeps values and hashes, and doubles the table as they grow. Reused; one thread.
 */
public final class HashSlots {
  private static final int LEAST = 1024;
  private static final int SAMPLE = 2048;

  private int[] slots = new int[LEAST];
  private int shift = Long.SIZE - 10;

  /** Empties the table. */
  public void clear() {
    if (slots.length > 16 * LEAST) {
      slots = new int[LEAST];
    } else {
      Arrays.fill(slots, 0);
    }
    shift = Long.numberOfLeadingZeros(slots.length) + 1;
  }

  /** The slots; valid until the table grows. */
  public int[] slots() {
    return slots;
  }

  /** A hash shifted right by this is its first slot. */
  public int shift() {
    return shift;
  }

  /** Whether a table with {@code size} values must grow before the next. */
  public boolean full(int size) {
    return size * 2 >= slots.length;
  }

  /** Doubles the table, given the hashes of all {@code size} values. */
  public void grow(long[] hashes, int size) {
    slots = new int[slots.length * 2];
    shift--;
    int mask = slots.length - 1;
    for (int i = 0; i < size; i++) {
      int slot = (int) (hashes[i] >>> shift);
      while (slots[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = i + 1;
    }
  }

  /** How many of {@code count} values to sample first; 0 where sampling is not worth it. */
  public static int sample(int count) {
    return count > 4 * SAMPLE ? SAMPLE : 0;
  }

  /**
   * Whether {@code distinct} values in a sample mean that there are more than {@code most} in all.
   */
  public static boolean tooMany(int distinct, int most) {
    // The expected number of distinct values in a sample from most equally likely values.
    double expected = most * (1 - Math.exp(-(double) SAMPLE / most));
    return distinct > expected;
  }
}
