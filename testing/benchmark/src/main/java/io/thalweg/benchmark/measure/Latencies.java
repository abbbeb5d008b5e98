package io.thalweg.benchmark.measure;

import java.util.Locale;

/**
 * Counts durations in classes that are at most 1.6 % wide, so that any number of them takes the
 * same memory. One thread records; {@link #add} joins what several threads recorded.
 */
public final class Latencies {
  private static final int BITS = 6;
  private static final int PER_POWER = 1 << BITS;

  private final long[] counts = new long[(Long.SIZE - BITS) * PER_POWER];
  private long count;
  private long most;

  /** Counts one duration; one below zero counts as zero. */
  public void record(long nanos) {
    long duration = Math.max(0, nanos);
    counts[index(duration)]++;
    count++;
    most = Math.max(most, duration);
  }

  private static int index(long nanos) {
    if (nanos < PER_POWER) {
      return (int) nanos;
    }
    int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - BITS;
    return ((shift + 1) << BITS) + (int) ((nanos >>> shift) & (PER_POWER - 1));
  }

  /** The largest duration of a class. */
  private static long top(int index) {
    int power = index >> BITS;
    if (power == 0) {
      return index;
    }
    long in = (long) PER_POWER + (index & (PER_POWER - 1));
    return ((in + 1) << (power - 1)) - 1;
  }

  /** Counts all that another thread has recorded and records no more. */
  public void add(Latencies others) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += others.counts[i];
    }
    count += others.count;
    most = Math.max(most, others.most);
  }

  /** How many were recorded. */
  public long count() {
    return count;
  }

  /** The duration, in milliseconds, that {@code fraction} of all stay within; NaN if none is. */
  public double millis(double fraction) {
    if (count == 0) {
      return Double.NaN;
    }
    long left = (long) Math.ceil(count * fraction);
    for (int i = 0; i < counts.length; i++) {
      left -= counts[i];
      if (left <= 0 && counts[i] > 0) {
        return Math.min(most, top(i)) / 1e6;
      }
    }
    return most / 1e6;
  }

  /** The usual percentiles as text. One that needs more durations than there are is left out. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "p50 %.2f ms", millis(0.5)));
    if (count >= 100) {
      text.append(String.format(Locale.ROOT, " p99 %.2f ms", millis(0.99)));
    }
    if (count >= 1_000) {
      text.append(String.format(Locale.ROOT, " p99.9 %.2f ms", millis(0.999)));
    }
    return text.append(String.format(Locale.ROOT, " max %.1f ms", most / 1e6)).toString();
  }
}
