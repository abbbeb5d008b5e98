package io.thalweg.benchmark.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Rates of one long run in windows of five seconds, which show whether the rate falls, and the
 * server's resident memory, which shows whether it grows. One thread.
 */
public final class RateWindows {
  private static final long WINDOW_NANOS = 5_000_000_000L;

  private final Report report;
  private final String name;
  private final ServerProcess server;
  private final List<Double> rates = new ArrayList<>();
  private final long begun = System.nanoTime();
  private long windowBegun = begun;
  private long windowFirst;
  private double residentFirst;
  private double residentLast;
  private double residentMost;

  /** Begins the first window. */
  public RateWindows(Report report, String name, ServerProcess server) {
    this.report = report;
    this.name = name;
    this.server = server;
  }

  /** Says how many are done since the beginning. Cheap enough for every thousandth row. */
  public void done(long count) {
    long now = System.nanoTime();
    if (now - windowBegun < WINDOW_NANOS) {
      return;
    }
    double rate = (count - windowFirst) * 1e9 / (now - windowBegun);
    rates.add(rate);
    double used = server.counters().residentMegabytes();
    residentFirst = rates.size() == 1 ? used : residentFirst;
    residentLast = used;
    residentMost = Math.max(residentMost, used);
    report.progress(
        "  %s after %.0f s: %,d, %,.0f/s, resident %.0f MB",
        name, (now - begun) / 1e9, count, rate, used);
    windowBegun = now;
    windowFirst = count;
  }

  /** Thousands a second of each window, and the memory. A run of one window has nothing to say. */
  public void say() {
    if (rates.size() > 1) {
      report.say(
          "  in windows of 5 s, thousands a second: %s; resident MB after the first window %.0f, at most %.0f, at last %.0f",
          rates.stream()
              .map(rate -> String.format(Locale.ROOT, "%.0f", rate / 1e3))
              .collect(Collectors.joining(" ")),
          residentFirst,
          residentMost,
          residentLast);
    }
  }
}
