package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Medians;
import io.thalweg.benchmark.measure.Reference;
import io.thalweg.benchmark.measure.Usage;
import io.thalweg.client.LogScanner;
import io.thalweg.client.ScanBatch;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import java.time.Duration;

/** Scans a log table from end to end, row by row and as Arrow batches. One thread. */
final class LogScans {
  private static final Duration WAIT = Duration.ofSeconds(10);

  private final Setup setup;
  private final String name;
  private final long rows;
  private double memoryCopy;

  /** Scans of a table of so many rows; {@code name} begins the report's lines. */
  LogScans(Setup setup, String name, long rows) {
    this.setup = setup;
    this.name = name;
    this.rows = rows;
  }

  /** Reads one scan to its end; says how many rows it had. */
  private interface Reader {
    long read(ScanOptions options);
  }

  void run(String table, Events events, int warmUps, int rounds) {
    ScanOptions all = ScanOptions.all(table);
    ScanOptions two = all.withColumns("id", "ts");
    long twoBytes = 2 * Long.BYTES;
    memoryCopy = Reference.memoryCopy();
    setup.report().say("memory copy %.0f MB/s", memoryCopy);
    scans("rows, all columns", all, events.rowBytes(), this::readRows, warmUps + rounds);
    scans("rows, 2 of 4 columns", two, twoBytes, this::readRows, warmUps + rounds);
    scans("Arrow batches, all columns", all, events.rowBytes(), this::readBatches, rounds + 1);
    scans("Arrow batches, 2 of 4 columns", two, twoBytes, this::readBatches, rounds + 1);
  }

  private void scans(String what, ScanOptions options, long rowBytes, Reader reader, int rounds) {
    Medians rates = new Medians();
    Usage last = null;
    for (int round = 0; round < rounds; round++) {
      Usage.Begun begun = setup.begin();
      long found = reader.read(options);
      last = begun.end();
      if (found != rows) {
        throw new IllegalStateException(found + " rows of " + rows);
      }
      rates.add(last.rate(rows));
    }
    setup
        .report()
        .say(
            "%s scan, %s: first %,.0f rows/s, median of the later half %,.0f rows/s, %.0f MB/s, %.3f of memory copy; last %s; resident %.0f MB",
            name,
            what,
            rates.first(),
            rates.ofLaterHalf(),
            rates.ofLaterHalf() * rowBytes / 1e6,
            rates.ofLaterHalf() * rowBytes / 1e6 / memoryCopy,
            last.cpu(rows),
            setup.resident());
  }

  private long readRows(ScanOptions options) {
    long count = 0;
    long sum = 0;
    try (LogScanner scanner = setup.connection().scanner(options)) {
      while (!scanner.finished()) {
        for (ScanRecord record : scanner.poll(WAIT)) {
          sum += record.row().getLong(0);
          count++;
        }
      }
    }
    check(sum);
    return count;
  }

  private long readBatches(ScanOptions options) {
    long count = 0;
    try (LogScanner scanner = setup.connection().scanner(options)) {
      while (!scanner.finished()) {
        for (ScanBatch batch : scanner.pollBatches(WAIT)) {
          try (batch) {
            count += batch.rows().getRowCount();
          }
        }
      }
    }
    return count;
  }

  private void check(long sum) {
    if (sum != rows * (rows - 1) / 2) {
      throw new IllegalStateException("the rows' numbers do not add up");
    }
  }
}
