package io.thalweg.runtime.meter;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts values by powers of two: bucket {@code i} counts the values above {@code 2^(i-1)} and at
 * most {@code 2^i}, the first one those up to 1, the last one all that are larger. Any thread.
 */
public final class Histogram implements Instrument {
  /** The number of buckets: they distinguish values up to 2^40 (18 minutes, 1 TiB). */
  public static final int BUCKETS = 42;

  private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);
  private final LongAdder sum = new LongAdder();

  /** One more value; what is below 0 counts as 0. */
  public void record(long value) {
    long counted = Math.max(0, value);
    counts.incrementAndGet(bucket(counted));
    sum.add(counted);
  }

  private static int bucket(long value) {
    return value <= 1 ? 0 : Math.min(BUCKETS - 1, 64 - Long.numberOfLeadingZeros(value - 1));
  }

  /** The largest value that a bucket counts; the last bucket has none. */
  public static long upperBound(int bucket) {
    return 1L << bucket;
  }

  /** How many values each bucket counted. */
  public long[] counts() {
    long[] copy = new long[BUCKETS];
    for (int i = 0; i < BUCKETS; i++) {
      copy[i] = counts.get(i);
    }
    return copy;
  }

  /** How many values there were. */
  public long count() {
    long all = 0;
    for (int i = 0; i < BUCKETS; i++) {
      all += counts.get(i);
    }
    return all;
  }

  /** All values together. */
  public long sum() {
    return sum.sum();
  }
}
