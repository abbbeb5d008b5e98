package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Segments of an older schema beside ones that were written with the current schema, scanned in
 * turns: five of twenty columns became wider, one was renamed, one moved, two were added.
 */
final class EvolveBenchmark {
  private static final int COLUMNS = 20;
  private static final int WIDENED = 5;
  private static final int BATCHES = 400;
  private static final int ROWS = 8_192;
  private static final int ROUNDS = 9;
  private static final int WARM_UP = 4;
  private static final long WAIT_NANOS = 120_000_000_000L;
  private static final String CHANGES =
      IntStream.range(0, WIDENED)
              .mapToObj(i -> "ALTER COLUMN c" + i + " TYPE BIGINT, ")
              .collect(Collectors.joining())
          + "RENAME COLUMN c7 TO renamed, ALTER COLUMN c8 FIRST, ADD COLUMN a INT DEFAULT 7, "
          + "ADD COLUMN b STRING DEFAULT 'none'";

  private final Report report;

  EvolveBenchmark(Report report) {
    this.report = report;
  }

  void run() throws Exception {
    try (ServerProcess server =
            ServerProcess.start("cache.tail=1mib", "cache.block=64mib", "compact.delete.delay=0s");
        Driver driver = new Driver(server.port())) {
      Map<String, String> options = Map.of("table.segment.max-age", "1s");
      driver.createTable("old", columns(0), "object", options);
      append(driver, "old", 0);
      compacted(server);
      driver.alterTable("old", CHANGES);
      driver.createTable("native", columns(0), "object", options);
      driver.alterTable("native", CHANGES);
      append(driver, "native", WIDENED);
      compacted(server);
      scan(driver);
    }
  }

  private static String columns(int wide) {
    return IntStream.range(0, COLUMNS)
        .mapToObj(i -> "c" + i + (i < wide ? " BIGINT" : " INT"))
        .collect(Collectors.joining(", "));
  }

  /** Rows whose first {@code wide} columns are BIGINT, the others INT. */
  private static VectorSchemaRoot rows(BufferAllocator allocator, int wide) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < COLUMNS; i++) {
      String name = wide > 0 && i == 7 ? "renamed" : "c" + i;
      fields.add(Field.nullable(name, new ArrowType.Int(i < wide ? 64 : 32, true)));
    }
    VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(fields), allocator);
    Random random = new Random(COLUMNS);
    for (int column = 0; column < COLUMNS; column++) {
      for (int row = 0; row < ROWS; row++) {
        int value = random.nextInt(1_000_000);
        if (root.getVector(column) instanceof BigIntVector longs) {
          longs.setSafe(row, value);
        } else {
          ((IntVector) root.getVector(column)).setSafe(row, value);
        }
      }
    }
    root.setRowCount(ROWS);
    return root;
  }

  private static void append(Driver driver, String table, int wide) throws Exception {
    try (VectorSchemaRoot root = rows(driver.allocator, wide);
        Driver.Appender appender = driver.new Appender(table, root, 12, BATCHES)) {
      for (int i = 0; i < BATCHES; i++) {
        appender.send();
      }
      appender.drain();
    }
  }

  private static void compacted(ServerProcess server) throws Exception {
    long begin = System.nanoTime();
    while (server.objects()[0] > 0) {
      if (System.nanoTime() - begin > WAIT_NANOS) {
        throw new IllegalStateException("the log was not compacted within two minutes");
      }
      LockSupport.parkNanos(100_000_000);
    }
  }

  private void scan(Driver driver) throws Exception {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      Driver.Scanned old = driver.scan(Map.of("table", "old"));
      Driver.Scanned current = driver.scan(Map.of("table", "native"));
      if (old.rows() != (long) BATCHES * ROWS || current.rows() != old.rows()) {
        throw new IllegalStateException(old.rows() + " and " + current.rows() + " rows came");
      }
      double ratio = old.rowsPerSecond() / current.rowsPerSecond();
      report.say(
          "scan of segments: old schema %,.0f rows/s, current schema %,.0f rows/s, ratio %.2f%s",
          old.rowsPerSecond(),
          current.rowsPerSecond(),
          ratio,
          round < WARM_UP ? " (warm-up, not counted)" : "");
      if (round >= WARM_UP) {
        ratios.add(ratio);
      }
    }
    report.atLeast("evolved_scan_of_native", LogBenchmark.median(ratios), 0.70);
  }
}
