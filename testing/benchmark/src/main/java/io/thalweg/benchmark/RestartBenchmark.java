package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import java.util.Map;
import org.apache.arrow.vector.VectorSchemaRoot;

/** How long a restart takes after 10 GB were appended and the process was killed. */
final class RestartBenchmark {
  private static final long BYTES = 10_000_000_000L;

  private final Report report;

  RestartBenchmark(Report report) {
    this.report = report;
  }

  void run() throws Exception {
    try (ServerProcess server = ServerProcess.start()) {
      long rows = 0;
      try (Driver driver = new Driver(server.port())) {
        driver.createTable("objects", Rows.COLUMNS, "auto");
        driver.createTable("inline", Rows.COLUMNS, "inline");
        rows =
            append(driver, "objects", BYTES * 9 / 10, 1024)
                + append(driver, "inline", BYTES / 10, 30);
      }
      server.kill();
      double seconds = server.launch();
      try (Driver driver = new Driver(server.port())) {
        long found =
            driver.scan(Map.of("table", "objects", "columns", java.util.List.of("k"))).rows()
                + driver.scan(Map.of("table", "inline", "columns", java.util.List.of("k"))).rows();
        report.say(
            "killed after %,d rows, %.1f GB; ready again in %.2f s; %,d rows found",
            rows, BYTES / 1e9, seconds, found);
        report.atMost("restart_after_10gb_s", seconds, 5);
        report.atLeast("restart_rows_found_ratio", (double) found / rows, 1);
      }
    }
  }

  private long append(Driver driver, String table, long bytes, int rowsPerBatch) throws Exception {
    try (VectorSchemaRoot root = Rows.events(driver.allocator, rowsPerBatch, 1024)) {
      int batches = (int) (bytes / (rowsPerBatch * 1024L));
      try (Driver.Appender appender = driver.new Appender(table, root, 12, batches)) {
        for (int i = 0; i < batches; i++) {
          appender.send();
          if (i % Math.max(1, batches / 10) == 0) {
            report.progress("  %s: %d %%", table, i * 100L / batches);
          }
        }
        appender.drain();
      }
      return (long) batches * rowsPerBatch;
    }
  }
}
