package io.thalweg.benchmark.workload;

import java.util.Arrays;

/** Collects how long things took. One thread at a time. */
final class Latencies {
  private long[] nanos = new long[1 << 10];
  private int count;

  void add(long took) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = took;
  }

  int count() {
    return count;
  }

  /** Adds p50, p99 and p99.9 in milliseconds, and how many there were. */
  Words into(Words answer) {
    if (count == 0) {
      throw new IllegalStateException("nothing was timed");
    }
    Arrays.sort(nanos, 0, count);
    return answer
        .with("timed", (long) count)
        .with("p50", millis(0.5))
        .with("p99", millis(0.99))
        .with("p999", millis(0.999));
  }

  /** The value below which this share of all lies. Sorted before. */
  private double millis(double share) {
    return nanos[Math.min(count - 1, (int) (count * share))] / 1e6;
  }
}
