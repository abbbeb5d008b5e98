package io.thalweg.node.keyed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.thalweg.client.LogScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/**
 * Reads the changelog of a table from its beginning and fails where a change does not fit the row
 * that the changes before it made. A thread of its own runs {@link #call}, which follows the
 * changelog until {@link #stop}; the other methods may be called from any thread.
 */
public final class ChangelogFold implements Callable<Void> {
  private static final Duration POLL = Duration.ofMillis(100);

  private final KeyedTable table;
  private final int port;
  private final CountDownLatch opened;
  private volatile boolean stopped;
  private final List<List<Change>> changes = new ArrayList<>();
  private final Map<Long, Long> rows = new TreeMap<>();
  private final Map<Long, Long> latest = new HashMap<>();

  private record Change(String type, long id, long number) {}

  public ChangelogFold(KeyedTable table, int port, CountDownLatch opened) {
    this.table = table;
    this.port = port;
    this.opened = opened;
    for (int bucket = 0; bucket < KeyedTable.BUCKETS; bucket++) {
      changes.add(new ArrayList<>());
    }
  }

  /** Lets {@link #call} return soon. */
  public void stop() {
    stopped = true;
  }

  /** The offset after the last one read of a bucket. */
  public synchronized long end(int bucket) {
    return changes.get(bucket).size();
  }

  /** The rows that the changes make: numbers by id. */
  public synchronized Map<Long, Long> rows() {
    return new TreeMap<>(rows);
  }

  /** Fails unless both have read the same. */
  public void checkSame(ChangelogFold other) {
    for (int bucket = 0; bucket < KeyedTable.BUCKETS; bucket++) {
      // Not compared by AssertJ, which would print all of them.
      assertThat(changes.get(bucket).equals(other.changes.get(bucket)))
          .as("two readers of %s/%s read the same %s changes", table, bucket, end(bucket))
          .isTrue();
    }
  }

  @Override
  public Void call() {
    read(ScanOptions.subscribe(table.path + "$changelog", Position.Named.EARLIEST));
    return null;
  }

  /** Reads up to the current end. */
  public ChangelogFold readAll() {
    read(ScanOptions.all(table.path + "$changelog"));
    return this;
  }

  private void read(ScanOptions options) {
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port);
        LogScanner scanner = connection.scanner(options)) {
      opened.countDown();
      while (!stopped && !scanner.finished()) {
        scanner.poll(POLL).forEach(this::take);
      }
    }
  }

  private void take(ScanRecord record) {
    assertThat(record.row().getLong("_log_offset")).isEqualTo(record.offset());
    take(
        record.bucket(),
        record.offset(),
        record.row().getString("_change_type"),
        record.row().getLong("id"),
        table.number(record.row()));
  }

  /** Takes the next change of a bucket. */
  public synchronized void take(int bucket, long offset, String type, long id, long number) {
    List<Change> before = changes.get(bucket);
    assertThat(offset).as("the next change of %s/%s", table, bucket).isEqualTo(before.size());
    Change change = new Change(type, id, number);
    Long row = rows.get(id);
    if (!fits(change, before.isEmpty() ? null : before.get(before.size() - 1), row)) {
      fail(
          "%s/%s: at offset %s stands %s, the row was %s, the latest %s",
          table, bucket, offset, change, row, latest.get(id));
    }
    before.add(change);
    switch (change.type) {
      case "insert", "update_after" -> {
        rows.put(change.id, change.number);
        latest.put(change.id, change.number);
      }
      case "delete" -> rows.remove(change.id);
      default -> {
        // The change after it has the new row.
      }
    }
  }

  private boolean fits(Change change, Change before, Long row) {
    boolean begun = before != null && before.type.equals("update_before");
    if (begun != change.type.equals("update_after") || (begun && before.id != change.id)) {
      return false;
    }
    return switch (change.type) {
      case "insert" -> row == null && comesNext(change);
      case "update_after" -> row != null && comesNext(change);
      case "update_before", "delete" -> row != null && row == change.number;
      default -> false;
    };
  }

  /** No write takes effect twice or after a later one; in a table of sums none may be missing. */
  private boolean comesNext(Change change) {
    long before = latest.getOrDefault(change.id, 0L);
    return table == KeyedTable.SUM ? change.number == before + 1 : change.number > before;
  }
}
