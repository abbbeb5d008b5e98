package io.thalweg.parquet.encoding;

import java.util.Arrays;

/**
 * The slots of a hash table with open addressing, each with a dictionary index plus one, or 0. Its
 * owner keeps values and hashes; the table doubles with them. Reused; one thread.
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

  /** The highest bits of a hash by this are its first slot. */
  public int shift() {
    return shift;
  }

  /** Whether a table of so many values must grow before the next. */
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

  /**
   * How many of {@code count} values are looked at before all are; 0 where that is not worth it.
   */
  public static int sample(int count) {
    return count > 4 * SAMPLE ? SAMPLE : 0;
  }

  /** Whether a sample with {@code distinct} values tells of more than {@code most} in all. */
  public static boolean tooMany(int distinct, int most) {
    // How many of the sample would be distinct, were each of most values as likely as any other.
    double expected = most * (1 - Math.exp(-(double) SAMPLE / most));
    return distinct > expected;
  }
}
