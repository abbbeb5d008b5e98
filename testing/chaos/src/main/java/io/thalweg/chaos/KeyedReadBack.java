package io.thalweg.chaos;

import io.thalweg.client.LogScanner;
import io.thalweg.client.Lookuper;
import io.thalweg.client.Row;
import io.thalweg.client.RowScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.Position;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.simulation.check.KeyHistory.Change;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads a primary-key table back, when nothing changes any more: its changelog, each key by lookup,
 * and the rows by scan. It has no state of its own; one thread.
 */
record KeyedReadBack(
    ThalwegConnection connection, String who, KeyRecording recording, Clock clock) {
  private static final Duration POLL = Duration.ofSeconds(1);

  /**
   * Records all of {@code table}.
   *
   * @param patience how long reading may take
   * @throws IllegalStateException if it takes longer or ends early
   */
  void read(TableInfo table, Duration patience) {
    readChanges(table, patience);
    readRows(table);
  }

  private void readChanges(TableInfo table, Duration patience) {
    Map<Integer, Long> ends = new TreeMap<>();
    for (int bucket = 0; bucket < table.bucketCount(); bucket++) {
      ends.put(bucket, connection.admin().offset(table.path(), bucket, Position.Named.LATEST));
    }
    long deadline = clock.nanoTime() + patience.toNanos();
    try (LogScanner scanner = connection.scanner(ScanOptions.all(table.path().toString()))) {
      while (!scanner.finished()) {
        if (clock.nanoTime() - deadline > 0) {
          throw new IllegalStateException(
              table.path() + " is read to " + scanner.positions() + " only, of " + ends);
        }
        for (ScanRecord record : scanner.poll(POLL)) {
          recording.changes(Tables.bucket(table, record.bucket()), who, List.of(change(record)));
        }
      }
    }
    ends.forEach((bucket, end) -> recording.drained(Tables.bucket(table, bucket), end));
  }

  private static Change change(ScanRecord record) {
    Row row = record.row();
    return new Change(
        record.offset(),
        record.changeType(),
        row.getLong("id"),
        row.getLong("n"),
        record.timestampMillis());
  }

  private void readRows(TableInfo table) {
    Map<Long, Row> scanned = new HashMap<>();
    try (RowScanner scanner = connection.rows(ScanOptions.all(table.path().toString()))) {
      for (List<Row> rows = scanner.poll(); !rows.isEmpty(); rows = scanner.poll()) {
        rows.forEach(row -> scanned.put(row.getLong("id"), row));
      }
    }
    try (Lookuper lookuper = connection.lookuper(table.path().toString())) {
      for (int number = 0; number < table.bucketCount(); number++) {
        TableBucket bucket = Tables.bucket(table, number);
        for (long key : recording.keys(bucket)) {
          recording.row(bucket, who + " by lookup", key, lookuper.lookup(key).join());
          recording.row(bucket, who + " by scan", key, Optional.ofNullable(scanned.remove(key)));
        }
      }
    }
    if (!scanned.isEmpty()) {
      throw new IllegalStateException(table.path() + " has rows that nobody wrote: " + scanned);
    }
  }
}
