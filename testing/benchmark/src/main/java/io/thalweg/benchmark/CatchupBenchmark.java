package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.arrow.vector.VectorSchemaRoot;

/** A reader that comes late: everything is in segments, nothing in memory. */
final class CatchupBenchmark {
  private static final int COLUMNS = 20;
  private static final int BATCHES = 600;
  private static final int ROWS = 8_192;
  private static final int ROUNDS = 10;
  private static final int WARM_UP = 5;

  /** A pruned scan takes a tenth of a second, so a round has the median of several. */
  private static final int PRUNED_SCANS = 5;

  private static final long WAIT_NANOS = 120_000_000_000L;

  private final Report report;

  CatchupBenchmark(Report report) {
    this.report = report;
  }

  void run() throws Exception {
    try (ServerProcess server =
            ServerProcess.start("cache.tail=1mib", "cache.block=64mib", "compact.delete.delay=0s");
        Driver driver = new Driver(server.port())) {
      driver.createTable(
          "wide", Rows.wideColumns(COLUMNS), "object", Map.of("table.segment.max-age", "1s"));
      append(driver);
      long begin = System.nanoTime();
      while (server.objects()[0] > 0) {
        if (System.nanoTime() - begin > WAIT_NANOS) {
          throw new IllegalStateException("the log was not compacted within two minutes");
        }
        LockSupport.parkNanos(100_000_000);
      }
      report.say("in segments %.1f s after the last append", (System.nanoTime() - begin) / 1e9);
      scan(server, driver);
    }
  }

  private static void append(Driver driver) throws Exception {
    try (VectorSchemaRoot root = Rows.wide(driver.allocator, ROWS, COLUMNS);
        Driver.Appender appender = driver.new Appender("wide", root, 12, BATCHES)) {
      for (int i = 0; i < BATCHES; i++) {
        appender.send();
      }
      appender.drain();
    }
  }

  private static Driver.Scanned pruned(Driver driver) throws Exception {
    return driver.scan(Map.of("table", "wide", "columns", List.of("c3", "c17")));
  }

  private void scan(ServerProcess server, Driver driver) throws Exception {
    List<Double> rates = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      long before = server.bytesRead();
      double cpu = server.cpuSeconds();
      Driver.Scanned all = driver.scan(Map.of("table", "wide"));
      cpu = server.cpuSeconds() - cpu;
      long between = server.bytesRead();
      Driver.Scanned two = pruned(driver);
      long after = server.bytesRead();
      List<Double> pruned = new ArrayList<>(List.of(two.rowsPerSecond()));
      for (int i = 1; i < PRUNED_SCANS; i++) {
        pruned.add(pruned(driver).rowsPerSecond());
      }
      double share = (double) (after - between) / (between - before);
      report.say(
          "scan of segments: all %d columns %,.0f rows/s, %.0f MB/s of Arrow, %d MB read, server %.2f cores;"
              + " 2 columns %,.0f rows/s, %d MB read, share %.3f%s",
          COLUMNS,
          all.rowsPerSecond(),
          all.megabytesPerSecond(),
          (between - before) / 1_000_000,
          cpu * 1e9 / all.nanos(),
          LogBenchmark.median(pruned),
          (after - between) / 1_000_000,
          share,
          round < WARM_UP ? " (warm-up, not counted)" : "");
      if (all.rows() != (long) BATCHES * ROWS || two.rows() != all.rows()) {
        throw new IllegalStateException(all.rows() + " and " + two.rows() + " rows came");
      }
      if (round >= WARM_UP) {
        rates.add(all.megabytesPerSecond());
        shares.add(share);
      }
    }
    report.atLeast("catchup_mb_per_s", LogBenchmark.median(rates), 300);
    report.atMost("catchup_2_of_20_bytes", LogBenchmark.median(shares), 0.15);
  }
}
