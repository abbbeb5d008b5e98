package io.thalweg.chaos;

import io.thalweg.runtime.SystemClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/**
 * The program: {@code --minutes N} of faults, {@code --seed S} for the schedule; {@code --store
 * lies} for a run that must fail, which proves that the checks work. Ends with 1 if a promise was
 * broken, with 2 for wrong arguments.
 */
public final class ChaosMain {
  private static final Duration ROUND = Duration.ofSeconds(60);

  private ChaosMain() {}

  /** The program. */
  public static void main(String[] args) throws Exception {
    long minutes = 1;
    long seed = System.nanoTime();
    boolean lyingStore = false;
    for (int i = 0; i < args.length; i += 2) {
      String value = i + 1 < args.length ? args[i + 1] : "";
      switch (args[i]) {
        case "--minutes" -> minutes = number(value);
        case "--seed" -> seed = number(value);
        case "--store" -> {
          lyingStore = value.equals("lies");
          if (!lyingStore) {
            usage("--store " + value);
          }
        }
        default -> usage(args[i]);
      }
    }
    if (minutes < 1) {
      usage("--minutes " + minutes);
    }
    System.exit(run(minutes, seed, lyingStore) ? 0 : 1);
  }

  private static long number(String text) {
    if (!text.matches("\\d{1,18}")) {
      usage("'" + text + "'");
    }
    return Long.parseLong(text);
  }

  private static void usage(String wrong) {
    System.err.println("usage: ./chaos [--minutes N] [--seed S] [--store lies]; not " + wrong);
    System.exit(2);
  }

  private static boolean run(long minutes, long seed, boolean lyingStore) throws Exception {
    Path directory =
        Files.createTempDirectory(
            Files.createDirectories(Path.of("testing/chaos/target").toAbsolutePath()), "run");
    System.out.println("chaos: seed " + seed + ", output of the processes in " + directory);
    Random random = new Random(seed);
    FaultCounts faults = new FaultCounts();
    try (Cluster cluster = new Cluster(directory, random, faults)) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> cluster.processes().forEach(ChaosProcess::kill), "kill-all"));
      ChaosRun run =
          new ChaosRun(cluster, random, new SystemClock(), faults, System.out, lyingStore);
      long rounds = Duration.ofMinutes(minutes).dividedBy(ROUND);
      for (int round = 1; round <= rounds; round++) {
        run.round(round, ROUND);
      }
      return run.report();
    }
  }
}
