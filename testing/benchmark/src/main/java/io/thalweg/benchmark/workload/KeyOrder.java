package io.thalweg.benchmark.workload;

/**
 * An order in which each of {@code count} keys comes once, far from its neighbours: a
 * multiplication by a prime, so no table is kept.
 */
record KeyOrder(long count) {
  /** A prime that divides no count of keys below it. */
  private static final long STEP = 2_654_435_761L;

  private static final long FIRST = 40_503;

  KeyOrder {
    if (count < 1 || count > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(count + " keys");
    }
  }

  /** The key at a place of the order. */
  long at(long place) {
    return (place * STEP + FIRST) % count;
  }
}
