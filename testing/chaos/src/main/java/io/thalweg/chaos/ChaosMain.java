package io.thalweg.chaos;

import io.thalweg.runtime.Clock;
import io.thalweg.runtime.SystemClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * The program: {@code --minutes N} of faults, {@code --seed S} for the schedule; {@code --kafka}
 * for Kafka's clients instead of the native ones; {@code --session} for the seconds after which a
 * silent server loses its buckets, 3 by default; {@code --store lies} for a run that must fail,
 * which proves that the checks work. Ends with 1 if a promise was broken, with 2 for wrong
 * arguments.
 */
public final class ChaosMain {
  private static final Duration ROUND = Duration.ofSeconds(60);

  private long minutes = 1;
  private long seed = System.nanoTime();
  private int sessionSeconds = 3;
  private boolean lyingStore;
  private boolean kafka;

  private ChaosMain() {}

  /** The program. */
  public static void main(String[] args) throws Exception {
    ChaosMain program = new ChaosMain();
    program.read(new ArrayDeque<>(List.of(args)));
    System.exit(program.run() ? 0 : 1);
  }

  private void read(Deque<String> args) {
    while (!args.isEmpty()) {
      String option = args.remove();
      switch (option) {
        case "--kafka" -> kafka = true;
        case "--minutes" -> minutes = number(args.poll());
        case "--seed" -> seed = number(args.poll());
        case "--session" -> sessionSeconds = Math.toIntExact(number(args.poll()));
        case "--store" -> {
          String value = args.poll();
          lyingStore = "lies".equals(value);
          if (!lyingStore) {
            usage("--store " + value);
          }
        }
        default -> usage(option);
      }
    }
    if (minutes < 1) {
      usage("--minutes " + minutes);
    }
  }

  private static long number(String text) {
    if (text == null || !text.matches("\\d{1,18}")) {
      usage("'" + text + "'");
    }
    return Long.parseLong(text);
  }

  private static void usage(String wrong) {
    System.err.println(
        "usage: ./chaos [--minutes N] [--seed S] [--kafka] [--session SECONDS]"
            + " [--store lies]; not "
            + wrong);
    System.exit(2);
  }

  private boolean run() throws Exception {
    Path directory =
        Files.createTempDirectory(
            Files.createDirectories(Path.of("testing/chaos/target").toAbsolutePath()), "run");
    System.out.println("chaos: seed " + seed + ", output of the processes in " + directory);
    Random random = new Random(seed);
    FaultCounts faults = new FaultCounts();
    FaultCounts heard = new FaultCounts();
    Clock clock = new SystemClock();
    try (Cluster cluster = new Cluster(directory, sessionSeconds, random, faults)) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> cluster.processes().forEach(ChaosProcess::kill), "kill-all"));
      RoundClients clients =
          kafka
              ? new KafkaClients(cluster, clock, faults, heard, System.out)
              : new NativeClients(cluster, clock, heard, System.out);
      ChaosRun run =
          new ChaosRun(cluster, random, clock, faults, heard, List.of(clients), lyingStore);
      long rounds = Duration.ofMinutes(minutes).dividedBy(ROUND);
      for (int round = 1; round <= rounds; round++) {
        run.round(round, ROUND);
      }
      return run.report(directory.resolve("violations.txt"));
    }
  }
}
