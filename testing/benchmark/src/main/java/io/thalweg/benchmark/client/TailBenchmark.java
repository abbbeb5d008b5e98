package io.thalweg.benchmark.client;

import io.thalweg.benchmark.load.OpenLoop;
import io.thalweg.benchmark.measure.Latencies;
import io.thalweg.benchmark.measure.Options;
import io.thalweg.benchmark.measure.Reference;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.Usage;
import io.thalweg.client.TableWriter;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code ./benchmark tail}: how long a row takes from the moment at which it is due until those who
 * follow the table have it. The main thread writes; each follower has a thread and a connection.
 */
public final class TailBenchmark {
  private static final int[] BATCHES = {1, 100, 1_000};
  private static final int[] FOLLOWERS = {1, 10, 100};
  private static final int BATCH_ROWS = 10;
  private static final int SMALL_ROWS = 5_000;
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final Report report;
  private final boolean quick;
  private final int seconds;

  /** Measures for the options' seconds. */
  public TailBenchmark(Report report, Options options) {
    this.report = report;
    this.quick = options.quick();
    this.seconds = options.seconds();
  }

  /** What one load is: steps of so many rows, so many steps a second. */
  private record Load(int steps, int rows, int followers, int warmUp, int seconds) {}

  /** What it gave. */
  private record Figures(
      Latencies early,
      Latencies delivered,
      Latencies acks,
      Usage usage,
      long unsent,
      long missing) {}

  /** Runs all loads. */
  public void run() throws IOException, InterruptedException {
    Path disk = Path.of("testing/benchmark/target");
    report.say(
        "beside it: fdatasync of 4 KiB %s; loopback and back %s",
        Reference.syncs(disk, quick ? 300 : 2_000, 4 << 10), Reference.roundTrips(1_024));
    kilobytes();
    try (Setup setup = Setup.start(report)) {
      Events events = new Events(100);
      for (int batches : BATCHES) {
        for (int followers : FOLLOWERS) {
          Load load = new Load(batches, BATCH_ROWS, followers, quick ? 1 : 5, seconds);
          Figures figures = run(setup, "tail_" + batches + "_" + followers, events, load, false);
          report.say(
              "%,d batches/s of %d rows, followers %d: delivered %s; ack %s; server %.2f cores, driver %.2f; %,.0f"
                  + " deliveries/s; resident %.0f MB%s",
              batches,
              BATCH_ROWS,
              followers,
              figures.delivered(),
              figures.acks(),
              figures.usage().serverCores(),
              figures.usage().driverCpu() / figures.usage().seconds(),
              figures.delivered().count() / figures.usage().seconds(),
              setup.resident(),
              behind(figures));
        }
      }
    }
  }

  /** Rows of 1 KB one by one, the first load of both processes: its warm-up is the cold figure. */
  private void kilobytes() throws IOException, InterruptedException {
    try (Setup setup = Setup.start(report)) {
      Load load = new Load(SMALL_ROWS, 1, 1, quick ? 5 : 15, quick ? seconds : 3 * seconds);
      Figures figures = run(setup, "tail_1kb", new Events(1024), load, true);
      report.say(
          "1 KB rows, 5,000/s, 1 follower, both processes cold, first %d s: %s",
          load.warmUp(), figures.early());
      report.say(
          "1 KB rows, 5,000/s, 1 follower, row by row: delivered %s; ack %s; server %.2f cores, driver %.2f;"
              + " resident %.0f MB%s",
          figures.delivered(),
          figures.acks(),
          figures.usage().serverCores(),
          figures.usage().driverCpu() / figures.usage().seconds(),
          setup.resident(),
          behind(figures));
      report.atMost("tail_1kb_p50_ms", figures.delivered().millis(0.5), 1.5);
      report.atMost("tail_1kb_p99_ms", figures.delivered().millis(0.99), 6);
    }
  }

  private static String behind(Figures figures) {
    String unsent =
        figures.unsent() == 0
            ? ""
            : String.format("; half a minute late, gave up %,d batches", figures.unsent());
    return figures.missing() == 0
        ? unsent
        : unsent
            + String.format("; %,d rows were not delivered 10 s after the last", figures.missing());
  }

  private static Figures run(Setup setup, String table, Events events, Load load, boolean rowByRow)
      throws InterruptedException {
    Events.createLog(setup.connection(), table);
    List<Follower> followers = new ArrayList<>();
    try {
      for (int i = 0; i < load.followers(); i++) {
        followers.add(
            new Follower(setup.server().address(), table, rowByRow, Position.Named.EARLIEST));
      }
      return write(setup, table, events, load, followers);
    } finally {
      followers.forEach(Follower::close);
      Events.drop(setup.connection(), table);
    }
  }

  private static Figures write(
      Setup setup, String table, Events events, Load load, List<Follower> followers)
      throws InterruptedException {
    Acks acks = new Acks();
    Usage.Begun[] begun = {setup.begin()};
    long warmUps = (long) load.warmUp() * load.steps();
    long steps = warmUps + (long) load.seconds() * load.steps();
    Usage usage;
    long done;
    try (TableWriter writer = setup.connection().writer(table)) {
      done =
          OpenLoop.run(
              load.steps(),
              steps,
              (step, due) -> {
                if (step == warmUps) {
                  followers.forEach(follower -> follower.countFrom(due));
                  begun[0] = setup.begin();
                }
                CompletableFuture<AppendAck> last = null;
                for (int row = 0; row < load.rows(); row++) {
                  long id = step * load.rows() + row;
                  last = writer.append(id, due, events.kind(id), events.payload(id));
                }
                if (step >= warmUps) {
                  acks.watch(last, due);
                }
              });
      usage = begun[0].end();
    }
    long missing = await(followers, done * load.rows());
    Latencies early = new Latencies();
    Latencies delivered = new Latencies();
    for (Follower follower : followers) {
      follower.end();
      early.add(follower.early());
      delivered.add(follower.counted());
    }
    return new Figures(early, delivered, acks.latencies(), usage, steps - done, missing);
  }

  /** Waits until each follower has so many rows; says how many are missing after ten seconds. */
  private static long await(List<Follower> followers, long rows) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      long missing = followers.stream().mapToLong(each -> rows - each.received()).sum();
      if (missing == 0 || System.nanoTime() > end) {
        return missing;
      }
      LockSupport.parkNanos(10_000_000);
    }
  }
}
