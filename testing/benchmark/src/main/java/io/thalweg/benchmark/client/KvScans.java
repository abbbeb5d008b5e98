package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Usage;
import io.thalweg.client.LogScanner;
import io.thalweg.client.Row;
import io.thalweg.client.RowScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecords;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Reads all rows of a primary-key table, and its changelog. One thread. */
final class KvScans {
  private static final Duration WAIT = Duration.ofSeconds(10);
  private static final int ROUNDS = 3;

  private final Setup setup;
  private final Events events;
  private final String table;
  private final long keys;

  KvScans(Setup setup, Events events, String table, long keys) {
    this.setup = setup;
    this.events = events;
    this.table = table;
    this.keys = keys;
  }

  /** Reads everything; says how many rows there were. */
  private interface Reader {
    long read();
  }

  void run(long changes) {
    scans("scan of all rows, row by row", keys, this::rows);
    scans("scan of all rows, Arrow batches", keys, this::batches);
    scans("changelog from its beginning, row by row", changes, () -> changes(changes));
  }

  private void scans(String what, long expected, Reader reader) {
    double first = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Usage.Begun begun = setup.begin();
      long found = reader.read();
      Usage usage = begun.end();
      if (found != expected) {
        throw new IllegalStateException(found + " rows of " + expected);
      }
      first = round == 0 ? usage.rate(found) : first;
      if (round == ROUNDS - 1) {
        setup
            .report()
            .say(
                "%s: first %,.0f rows/s, third %,.0f rows/s, %.0f MB/s; %s; resident %.0f MB",
                what,
                first,
                usage.rate(found),
                usage.megabytes(found * events.rowBytes()),
                usage.cpu(found),
                setup.resident());
      }
    }
  }

  private long rows() {
    long count = 0;
    long sum = 0;
    try (RowScanner scanner = setup.connection().rows(ScanOptions.all(table))) {
      for (List<Row> rows = scanner.poll(); !rows.isEmpty(); rows = scanner.poll()) {
        for (Row row : rows) {
          sum += row.getLong(0);
          count++;
        }
      }
    }
    if (sum != keys * (keys - 1) / 2) {
      throw new IllegalStateException("the rows' keys do not add up");
    }
    return count;
  }

  private long batches() {
    long count = 0;
    try (RowScanner scanner = setup.connection().rows(ScanOptions.all(table))) {
      for (Optional<VectorSchemaRoot> root = scanner.next();
          root.isPresent();
          root = scanner.next()) {
        count += root.get().getRowCount();
      }
    }
    return count;
  }

  private long changes(long most) {
    long count = 0;
    ScanOptions options = ScanOptions.all(table).withLimit(most);
    try (LogScanner scanner = setup.connection().scanner(options)) {
      while (!scanner.finished()) {
        ScanRecords records = scanner.poll(WAIT);
        count += records.count();
      }
    }
    return count;
  }
}
