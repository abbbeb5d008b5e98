package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Latencies;
import io.thalweg.client.LogScanner;
import io.thalweg.client.ScanBatch;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import io.thalweg.client.ScanRecords;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.Position;
import io.thalweg.format.schema.ChangeType;
import java.time.Duration;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Follows a table with a connection of its own, and keeps how long after its time {@code ts} each
 * row came. Its thread reads; another starts it, and takes the figures once it has ended.
 */
final class Follower implements AutoCloseable {
  private static final Duration WAIT = Duration.ofMillis(100);

  private final ThalwegConnection connection;
  private final LogScanner scanner;
  private final boolean rowByRow;
  private final Latencies early = new Latencies();
  private final Latencies counted = new Latencies();
  private final Thread thread;
  private volatile long countFrom = Long.MAX_VALUE;
  private volatile long received;
  private volatile boolean ended;
  private volatile Throwable failure;

  /**
   * Begins to follow. Row by row it can follow a changelog too, where it leaves out the rows as
   * they were before.
   */
  Follower(String address, String table, boolean rowByRow, Position start) {
    this.rowByRow = rowByRow;
    this.connection = ThalwegConnection.connect(address);
    this.scanner = connection.scanner(ScanOptions.subscribe(table, start));
    this.thread = new Thread(this::follow, "follower");
    thread.start();
  }

  private void follow() {
    try {
      for (long count = 0; !ended; received = count) {
        count += rowByRow ? rows() : batches();
      }
    } catch (RuntimeException broken) {
      failure = broken;
    }
  }

  private long rows() {
    long count = 0;
    ScanRecords records = scanner.poll(WAIT);
    long now = System.nanoTime();
    for (ScanRecord record : records) {
      // A row as it was before an update has the time of an earlier one.
      if (record.changeType() != ChangeType.UPDATE_BEFORE) {
        record(record.row().getLong(1), now);
        count++;
      }
    }
    return count;
  }

  private long batches() {
    long count = 0;
    for (ScanBatch batch : scanner.pollBatches(WAIT)) {
      try (batch) {
        long now = System.nanoTime();
        FieldVector vector = batch.rows().getVector("ts");
        BigIntVector due = (BigIntVector) vector;
        for (int i = 0; i < due.getValueCount(); i++) {
          record(due.get(i), now);
        }
        count += due.getValueCount();
      }
    }
    return count;
  }

  private void record(long due, long now) {
    (due < countFrom ? early : counted).record(now - due);
  }

  /** Rows that were due from then on count; the earlier ones are kept apart. */
  void countFrom(long due) {
    countFrom = due;
  }

  /** How many rows came so far; fails if the follower did. */
  long received() {
    if (failure != null) {
      throw new IllegalStateException("a follower failed", failure);
    }
    return received;
  }

  /** Stops reading, so that the figures stand still. */
  void end() throws InterruptedException {
    ended = true;
    thread.join();
  }

  /** Rows that were due before the counted ones. After {@link #end}. */
  Latencies early() {
    return early;
  }

  /** The counted rows. After {@link #end}. */
  Latencies counted() {
    return counted;
  }

  @Override
  public void close() {
    ended = true;
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    scanner.close();
    connection.close();
  }
}
