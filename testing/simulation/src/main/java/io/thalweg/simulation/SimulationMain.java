package io.thalweg.simulation;

import io.thalweg.runtime.SystemClock;
import io.thalweg.simulation.cluster.Seams;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs many seeds from the command line: {@code --seeds from..to} (both included), {@code
 * --minutes} to stop after a while, {@code --seed} for one with its trace. Ends with 1 if a seed
 * failed.
 */
public final class SimulationMain {
  private static final int PROGRESS = 1_000;

  private final PrintStream out;
  private final Map<String, Long> totals = new TreeMap<>();
  private long failed;
  private long ran;

  private SimulationMain(PrintStream out) {
    this.out = out;
  }

  /** The program. */
  public static void main(String[] args) {
    long from = 0;
    long to = 499;
    long minutes = Long.MAX_VALUE / Duration.ofMinutes(1).toNanos();
    boolean trace = false;
    for (int i = 0; i < args.length; i += 2) {
      String value = i + 1 < args.length ? args[i + 1] : "";
      switch (args[i]) {
        case "--seeds" -> {
          int dots = value.indexOf("..");
          from = Long.parseLong(value.substring(0, dots));
          to = Long.parseLong(value.substring(dots + 2));
        }
        case "--seed" -> {
          from = Long.parseLong(value);
          to = from;
          trace = true;
        }
        case "--minutes" -> minutes = Long.parseLong(value);
        default -> {
          System.err.println("usage: [--seeds from..to | --seed n] [--minutes n]; not " + args[i]);
          System.exit(2);
        }
      }
    }
    SimulationMain main = new SimulationMain(System.out);
    main.run(from, to, Duration.ofMinutes(minutes).toNanos(), trace);
    System.exit(main.failed == 0 ? 0 : 1);
  }

  private void run(long from, long to, long nanos, boolean trace) {
    SystemClock clock = new SystemClock();
    long began = clock.nanoTime();
    for (long seed = from; seed <= to && clock.nanoTime() - began < nanos; seed++) {
      Simulation.Result result =
          Simulation.run(seed, Seams.NONE, trace ? line -> out.println(line) : null);
      ran++;
      result.counts().forEach((what, count) -> totals.merge(what, count, Long::sum));
      if (ran % PROGRESS == 0) {
        out.println(ran + " seeds, up to " + seed + ", " + failed + " failed");
      }
      if (!result.good()) {
        failed++;
        out.println(Report.of(result));
      }
    }
    double seconds = (clock.nanoTime() - began) / 1e9;
    out.println(Report.of(ran, failed, seconds, totals));
  }
}
