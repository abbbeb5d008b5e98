package io.thalweg.benchmark.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Collects what a benchmark measured; prints as it goes and the bars at the end. One thread. */
public final class Report {
  private final List<String> lines = new ArrayList<>();
  private final List<String> bars = new ArrayList<>();

  public void say(String format, Object... values) {
    String line = String.format(Locale.ROOT, format, values);
    System.out.println(line);
    lines.add(line);
  }

  /** How far it is: printed, not kept. */
  public void progress(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  /** A bar that is met at {@code limit} or above. */
  public void atLeast(String name, double value, double limit) {
    bar(name, value, ">=", limit, value >= limit);
  }

  /** A bar that is met at {@code limit} or below. */
  public void atMost(String name, double value, double limit) {
    bar(name, value, "<=", limit, value <= limit);
  }

  private void bar(String name, double value, String op, double limit, boolean met) {
    bars.add(
        String.format(
            Locale.ROOT,
            "bar %s %s %s %s %s",
            name,
            number(value),
            op,
            number(limit),
            met ? "ok" : "short"));
  }

  private static String number(double value) {
    return value >= 1000
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.2f", value);
  }

  public void printBars() {
    bars.forEach(line -> say("%s", line));
  }

  public List<String> lines() {
    return lines;
  }

  /** The value below which {@code fraction} of {@code nanos} lie, in milliseconds. Sorts a copy. */
  public static double percentileMillis(long[] nanos, double fraction) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * fraction))] / 1e6;
  }
}
