package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.Reference;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** The log table's benchmark: append, scan, latency; server and driver on the same cores. */
final class LogBenchmark {
  private static final int MIB = 1 << 20;
  private static final int WARM_UP_SECONDS = 12;
  private static final int WARM_UP_SCANS = 8;

  private final Report report;
  private final int seconds;

  LogBenchmark(Report report, int seconds) {
    this.report = report;
    this.seconds = seconds;
  }

  void run() throws Exception {
    try (ServerProcess server = ServerProcess.start("cache.tail=1gib", "cache.block=64mib");
        Driver driver = new Driver(server.port())) {
      single(server, driver);
      tail(server, driver);
      append(server, driver, "rows_1kb", 1024, 1024);
      append(server, driver, "rows_100b", 100, 10_000);
      scans(driver);
    }
  }

  private void append(ServerProcess server, Driver driver, String name, int rowBytes, int rows)
      throws Exception {
    driver.createTable(name, Rows.COLUMNS, "auto");
    measureAppends(server, driver, name, rowBytes, rows);
    // What is left to compact must not take the cores from the next part.
    driver.dropTable(name);
  }

  private void measureAppends(
      ServerProcess server, Driver driver, String name, int rowBytes, int rows) throws Exception {
    try (VectorSchemaRoot root = Rows.events(driver.allocator, rows, rowBytes)) {
      long batchBytes =
          root.getFieldVectors().stream().mapToLong(vector -> vector.getBufferSize()).sum();
      // The compilers of both processes are done only after some seconds at the full rate.
      appendFor(driver, name, root, Math.max(WARM_UP_SECONDS, seconds));
      List<Double> ratios = new ArrayList<>();
      List<Double> rates = new ArrayList<>();
      double halfway = 0;
      for (int round = 0; round < 3; round++) {
        long[] before = server.objects();
        double cpuBefore = server.cpuSeconds();
        Driver.Appended run = appendFor(driver, name, root, seconds);
        double cpu = server.cpuSeconds() - cpuBefore;
        long[] after = server.objects();
        int group = (int) ((after[1] - before[1]) / Math.max(1, after[0] - before[0]));
        long bytes = run.latencies().length * batchBytes;
        double rate = bytes * 1e3 / run.nanos();
        double reference =
            Reference.syncedWrites(
                Path.of("testing/benchmark/target"),
                Math.min(bytes, 600L * MIB),
                Math.max(4096, group));
        double rowRate = (double) run.latencies().length * rows * 1e9 / run.nanos();
        ratios.add(rate / reference);
        rates.add(rowRate);
        report.say(
            "append %s: %,.0f rows/s, %.0f MB/s, ack p50 %.1f ms p99 %.1f ms; groups of %.2f MiB; fdatasync of the"
                + " same %.0f MB/s, ratio %.2f; server %.2f cores; resident %.0f MB",
            name,
            rowRate,
            rate,
            Report.percentileMillis(run.latencies(), 0.5),
            Report.percentileMillis(run.latencies(), 0.99),
            group / (double) MIB,
            reference,
            rate / reference,
            cpu * 1e9 / run.nanos(),
            server.residentMegabytes());
        // By the end of the first round the tail cache is full; from here on memory must stay.
        halfway = round == 0 ? server.residentMegabytes() : halfway;
      }
      if (rowBytes > 500) {
        report.atLeast("append_1kb_of_fdatasync", median(ratios), 0.60);
      } else {
        report.atLeast("append_100b_rows_per_s", median(rates), 1_500_000);
        report.atMost("memory_growth_ratio", server.residentMegabytes() / halfway, 1.10);
      }
    }
  }

  static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  private static Driver.Appended appendFor(
      Driver driver, String table, VectorSchemaRoot root, int seconds) throws Exception {
    long begin = System.nanoTime();
    try (Driver.Appender appender = driver.new Appender(table, root, 12, 1_000_000)) {
      while (System.nanoTime() - begin < seconds * 1_000_000_000L) {
        appender.send();
      }
      long[] latencies = appender.drain();
      return new Driver.Appended(System.nanoTime() - begin, latencies);
    }
  }

  private void scans(Driver driver) throws Exception {
    driver.createTable("wide", Rows.wideColumns(20), "auto");
    int batches = 600;
    int rows = 8_192;
    try (VectorSchemaRoot root = Rows.wide(driver.allocator, rows, 20);
        Driver.Appender appender = driver.new Appender("wide", root, 12, batches)) {
      for (int i = 0; i < batches; i++) {
        appender.send();
      }
      appender.drain();
    }
    List<Double> full = new ArrayList<>();
    List<Double> pruned = new ArrayList<>();
    List<Double> copies = new ArrayList<>();
    for (int round = 0; round < WARM_UP_SCANS + 5; round++) {
      Driver.Scanned all = driver.scan(Map.of("table", "wide"));
      Driver.Scanned two = driver.scan(Map.of("table", "wide", "columns", List.of("c3", "c17")));
      double copy = Reference.memoryCopy();
      report.say(
          "scan of the tail: all 20 columns %,.0f rows/s, %.0f MB/s; 2 of 20 columns %,.0f rows/s (%.1f times);"
              + " memory copy %.0f MB/s, ratio %.2f%s",
          all.rowsPerSecond(),
          all.megabytesPerSecond(),
          two.rowsPerSecond(),
          two.rowsPerSecond() / all.rowsPerSecond(),
          copy,
          all.megabytesPerSecond() / copy,
          round < WARM_UP_SCANS ? " (warm-up, not counted)" : "");
      if (round >= WARM_UP_SCANS) {
        full.add(all.megabytesPerSecond());
        pruned.add(two.rowsPerSecond() / all.rowsPerSecond());
        copies.add(copy);
      }
    }
    double limit = Math.min(1000, 0.25 * median(copies));
    report.atLeast("scan_tail_mb_per_s", median(full), limit);
    report.atLeast("scan_2_of_20_speedup", median(pruned), 5);
  }

  private void single(ServerProcess server, Driver driver) throws Exception {
    driver.createTable("single", Rows.COLUMNS, "auto");
    try (VectorSchemaRoot root = Rows.events(driver.allocator, 1, 100);
        Driver.Appender appender = driver.new Appender("single", root, 1, 30_000)) {
      for (int i = 0; i < 8_000; i++) {
        appender.send();
      }
      int warm = appender.drain().length;
      for (int i = 0; i < 5_000; i++) {
        appender.send();
      }
      long[] all = appender.drain();
      long[] measured = Arrays.copyOfRange(all, warm, all.length);
      double p50 = Report.percentileMillis(measured, 0.5);
      double p99 = Report.percentileMillis(measured, 0.99);
      report.say(
          "single row to acknowledgement: p50 %.2f ms, p99 %.2f ms; resident %.0f MB",
          p50, p99, server.residentMegabytes());
      report.atMost("single_append_p50_ms", p50, 2);
      report.atMost("single_append_p99_ms", p99, 15);
    }
  }

  /** 5,000 rows/s in batches of five, each row carrying the time it was sent. */
  private void tail(ServerProcess server, Driver driver) throws Exception {
    driver.createTable("tail", "sent BIGINT NOT NULL", "auto");
    int batches = seconds * 1_000;
    int perBatch = 5;
    long[] latencies = new long[batches * perBatch];
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread reader =
        new Thread(
            () -> {
              try (FlightStream stream =
                  driver.client.getStream(
                      new Ticket(
                          Driver.json(
                              Map.of("table", "tail", "start", "earliest", "stop", "never"))))) {
                int next = 0;
                while (next < latencies.length && stream.next()) {
                  long now = System.nanoTime();
                  BigIntVector sent = (BigIntVector) stream.getRoot().getVector(0);
                  for (int i = 0; i < sent.getValueCount(); i++) {
                    latencies[next++] = now - sent.get(i);
                  }
                }
                stream.cancel("done", null);
              } catch (Exception broken) {
                failure.set(broken);
              }
            },
            "tail-reader");
    reader.start();
    Schema schema = new Schema(List.of(Field.notNullable("sent", new ArrowType.Int(64, true))));
    try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, driver.allocator);
        Driver.Appender appender = driver.new Appender("tail", root, 1_000, batches)) {
      BigIntVector sent = (BigIntVector) root.getVector(0);
      long begin = System.nanoTime();
      for (int i = 0; i < batches; i++) {
        // Waiting must not take the second core from the server.
        for (long left = begin + i * 1_000_000L - System.nanoTime();
            left > 0;
            left = begin + i * 1_000_000L - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        for (int row = 0; row < perBatch; row++) {
          sent.setSafe(row, System.nanoTime());
        }
        root.setRowCount(perBatch);
        appender.send();
      }
      appender.drain();
    }
    reader.join();
    if (failure.get() != null) {
      throw new IllegalStateException("the tail reader failed", failure.get());
    }
    long[] measured = Arrays.copyOfRange(latencies, latencies.length / 4, latencies.length);
    report.say(
        "tail at 5,000 rows/s, sent to read: p50 %.2f ms, p99 %.2f ms; resident %.0f MB",
        Report.percentileMillis(measured, 0.5),
        Report.percentileMillis(measured, 0.99),
        server.residentMegabytes());
  }
}
