package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Latencies;
import io.thalweg.benchmark.measure.Medians;
import io.thalweg.benchmark.measure.Options;
import io.thalweg.benchmark.measure.Reference;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import io.thalweg.benchmark.measure.Usage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * {@code ./benchmark log --through client}: appends rows one by one, in fresh processes and in warm
 * ones, and scans them. One thread.
 */
public final class LogThroughClient {
  private static final int MIB = 1 << 20;
  private static final long COLD_ROWS = 1_000_000;

  private final Report report;
  private final Options options;

  /** Measures with the options' rows. */
  public LogThroughClient(Report report, Options options) {
    this.report = report;
    this.options = options;
  }

  /** Runs both sizes of payload. */
  public void run() throws IOException, InterruptedException {
    long rows = options.rows(4_000_000, 400_000);
    part("100b", new Events(100), 100, rows);
    part("1kb", new Events(1024), 1024, Math.max(1, rows / 4));
  }

  private void part(String name, Events events, int payloadBytes, long rows)
      throws IOException, InterruptedException {
    cold(name, events, payloadBytes);
    int warmUps = options.quick() ? 1 : 2;
    int rounds = options.quick() ? 2 : 3;
    try (Setup setup = Setup.start(report)) {
      Usage.Begun lastRound = setup.begin();
      Medians rates = new Medians();
      Medians ratios = new Medians();
      for (int round = 0; round < warmUps + rounds; round++) {
        String table = "events" + round;
        Events.createLog(setup.connection(), table);
        lastRound = setup.begin();
        boolean counts = round >= warmUps;
        double[] figures = append(setup, table, events, rows, counts);
        if (counts) {
          rates.add(figures[0]);
          ratios.add(figures[1]);
        }
        if (round < warmUps + rounds - 1) {
          Events.drop(setup.connection(), table);
        }
      }
      report.say(
          "%s append, median of %d: %,.0f rows/s, %.2f of synced writes",
          name, rounds, rates.median(), ratios.median());
      boolean idle = setup.server().awaitIdle();
      report.say(
          "%s append: %.2f bytes written to disk per byte of rows, from the last round on until the server was %s",
          name,
          (double) lastRound.end().written() / (events.rowBytes() * rows),
          idle ? "idle" : "left alone, still busy");
      new LogScans(setup, name, rows)
          .run("events" + (warmUps + rounds - 1), events, warmUps, rounds);
    }
  }

  private void cold(String name, Events events, int payloadBytes)
      throws IOException, InterruptedException {
    long rows = options.quick() ? COLD_ROWS / 5 : COLD_ROWS;
    int rounds = options.quick() ? 1 : 3;
    Medians rates = new Medians();
    for (int round = 0; round < rounds; round++) {
      try (ServerProcess server = ServerProcess.start()) {
        ColdAppend.Result cold = ColdAppend.measure(server, payloadBytes, rows);
        double rate = rows * 1e9 / cold.nanos();
        rates.add(rate);
        report.say(
            "%s append, both processes cold, %,d rows: %,.0f rows/s, %.0f MB/s; ack %s; CPU s/M: server %.2f, driver %.2f; the"
                + " driver's process took %.2f s in all; resident %.0f MB",
            name,
            rows,
            rate,
            rate * events.rowBytes() / 1e6,
            cold.acks(),
            cold.serverCpu() * 1e6 / rows,
            cold.driverCpu() * 1e6 / rows,
            cold.wholeNanos() / 1e9,
            server.counters().residentMegabytes());
      }
    }
    report.say("%s append cold, median of %d: %,.0f rows/s", name, rounds, rates.median());
  }

  /** One round; gives back its rate and its ratio to synced writes. */
  private double[] append(Setup setup, String table, Events events, long rows, boolean counts)
      throws IOException {
    long[] before = setup.server().objects();
    Usage.Begun begun = setup.begin();
    Latencies acks = Append.rows(setup.connection(), table, events, rows);
    Usage usage = begun.end();
    long[] after = setup.server().objects();
    Append.check(setup.connection(), table, rows);
    int group = (int) ((after[1] - before[1]) / Math.max(1, after[0] - before[0]));
    long bytes = rows * events.rowBytes();
    double reference =
        Reference.syncedWrites(
            Path.of("testing/benchmark/target"),
            Math.min(bytes, 600L * MIB),
            Math.max(4096, group));
    double ratio = usage.megabytes(bytes) / reference;
    report.say(
        "append %s: %,.0f rows/s, %.0f MB/s; ack %s; %s; %.2f bytes written per byte; groups of %.2f MiB; fdatasync"
            + " of the same %.0f MB/s, ratio %.2f; resident %.0f MB%s",
        table + " of " + (events.rowBytes() > 500 ? "1kb" : "100b"),
        usage.rate(rows),
        usage.megabytes(bytes),
        acks,
        usage.cpu(rows),
        (double) usage.written() / bytes,
        group / (double) MIB,
        reference,
        ratio,
        setup.resident(),
        counts ? "" : " (warm-up)");
    return new double[] {usage.rate(rows), ratio};
  }
}
