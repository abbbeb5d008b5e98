package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import io.thalweg.client.Lookuper;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * How long a bucket of five million rows takes until it answers again, after the process was killed
 * and its local rows are gone: the last snapshot is downloaded, opened, and the log after it
 * replayed.
 */
final class RecoveryBenchmark {
  private static final int ROWS = 5_000_000;
  private static final int TAIL = 200_000;
  private static final int BATCH = 10_000;

  private final Report report;

  RecoveryBenchmark(Report report) {
    this.report = report;
  }

  void run() throws Exception {
    try (ServerProcess server = ServerProcess.start("server.kv.snapshot.interval=20s")) {
      try (Driver driver = new Driver(server.port())) {
        driver.createKeyed("kv", Rows.COLUMNS, List.of("id"), List.of("id"), Map.of());
        append(driver, 0, ROWS);
        report.progress("waiting for a snapshot");
        await(server, "are kept at offset " + ROWS);
        append(driver, ROWS, TAIL);
      }
      server.kill();
      delete(server.data().resolve("kv"));
      double ready = server.launch();
      long begin = System.nanoTime();
      awaitRow(server);
      double seconds = ready + (System.nanoTime() - begin) / 1e9;
      report.say(
          "%,d rows of 100 B, no local files: the server is ready after %.2f s, its rows after %.2f s",
          ROWS + TAIL, ready, seconds);
      lines(server)
          .filter(line -> line.contains("are restored") || line.contains("replayed"))
          .forEach(line -> report.say("  %s", line.substring(line.indexOf("bucket"))));
      try (Driver driver = new Driver(server.port())) {
        long found = driver.scan(Map.of("table", "kv", "columns", List.of("id"))).rows();
        report.atLeast("recovery_rows_found_ratio", (double) found / (ROWS + TAIL), 1);
      }
      report.atMost("recovery_5m_rows_s", seconds, 20);
    }
  }

  private void append(Driver driver, int from, int count) throws Exception {
    try (VectorSchemaRoot root = Rows.events(driver.allocator, BATCH, 100);
        Driver.Appender appender = driver.new Appender("kv", root, 12, count / BATCH)) {
      for (int done = 0; done < count; done += BATCH) {
        for (int i = 0; i < BATCH; i++) {
          ((BigIntVector) root.getVector("id")).set(i, from + done + i);
          ((IntVector) root.getVector("k")).set(i, done);
        }
        appender.send();
        if (done % 1_000_000 == 0) {
          report.progress("  %,d rows", from + done);
        }
      }
      appender.drain();
    }
  }

  private static Stream<String> lines(ServerProcess server) throws IOException {
    return Files.readAllLines(server.data().resolve("server.log")).stream();
  }

  private static void await(ServerProcess server, String line) throws IOException {
    long begin = System.nanoTime();
    while (lines(server).noneMatch(each -> each.endsWith(line))) {
      if (System.nanoTime() - begin > 120_000_000_000L) {
        throw new IOException("the server never said '" + line + "'");
      }
      LockSupport.parkNanos(200_000_000);
    }
  }

  /** Asks until the owner answers. */
  private static void awaitRow(ServerProcess server) {
    long begin = System.nanoTime();
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + server.port());
        Lookuper lookuper = connection.lookuper("kv")) {
      while (System.nanoTime() - begin < 300_000_000_000L) {
        try {
          if (lookuper.lookup(ROWS - 1L).join().isEmpty()) {
            throw new IllegalStateException("a row is missing");
          }
          return;
        } catch (CompletionException failure) {
          if (!(failure.getCause() instanceof ThalwegException refused)
              || refused.code() != ErrorCode.UNAVAILABLE) {
            throw failure;
          }
        }
      }
    }
    throw new IllegalStateException("the rows did not come back in five minutes");
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
