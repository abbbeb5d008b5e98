package io.thalweg.benchmark.load;

/**
 * Puts the numbers from 0 to a count into a fixed order that looks random. A Feistel network
 * permutes the numbers below the next power of four; it is applied again until it gives a number
 * below the count. Immutable; any thread.
 */
public final class KeyOrder {
  private static final int ROUNDS = 4;

  private final long count;
  private final int halfBits;
  private final long mask;
  private final long seed;

  /** An order of {@code count} numbers, of 1 to 2^60. */
  public KeyOrder(long count, long seed) {
    if (count < 1 || count > 1L << 60) {
      throw new IllegalArgumentException(count + " keys");
    }
    this.count = count;
    this.halfBits = Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(count - 1) + 1) / 2);
    this.mask = (1L << halfBits) - 1;
    this.seed = seed;
  }

  /** How many numbers it orders. */
  public long count() {
    return count;
  }

  /** The number at a place, from 0 to the count; each number stands at one place. */
  public long at(long place) {
    long number = place;
    do {
      number = permuted(number);
    } while (number >= count);
    return number;
  }

  private long permuted(long number) {
    long left = number >>> halfBits;
    long right = number & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long next = left ^ (mixed(right + seed + round * 0x632BE59BD9B4E019L) & mask);
      left = right;
      right = next;
    }
    return (left << halfBits) | right;
  }

  private static long mixed(long bits) {
    long once = (bits ^ (bits >>> 32)) * 0xD6E8FEB86659FD93L;
    return ((once ^ (once >>> 29)) * 0xD6E8FEB86659FD93L) >>> 17;
  }
}
