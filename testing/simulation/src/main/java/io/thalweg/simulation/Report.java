package io.thalweg.simulation;

import java.util.Locale;
import java.util.Map;

/** Formats results as text. Stateless. */
public final class Report {
  private Report() {}

  /** The findings of a seed, and how to run it again. */
  public static String of(Simulation.Result result) {
    StringBuilder text = new StringBuilder("seed " + result.seed() + " failed:\n");
    result.findings().stream()
        .limit(8)
        .forEach(each -> text.append("  ").append(each).append('\n'));
    if (result.findings().size() > 8) {
      text.append("  and ").append(result.findings().size() - 8).append(" more\n");
    }
    return text.append("again, with its trace: ./simulate --seed ")
        .append(result.seed())
        .append("\n  or: ./mvnw test -pl testing/simulation -am -Dtest=SimulationTest")
        .append(" -Dsurefire.failIfNoSpecifiedTests=false -Dthalweg.seed=")
        .append(result.seed())
        .toString();
  }

  /** The summary of many seeds. */
  public static String of(long seeds, long failed, double seconds, Map<String, Long> totals) {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%d seeds, %d failed, %.1f s, %.1f seeds a second%n",
                seeds,
                failed,
                seconds,
                seeds / seconds));
    totals.forEach(
        (what, count) -> text.append(String.format(Locale.ROOT, "%12d  %s%n", count, what)));
    return text.toString();
  }
}
