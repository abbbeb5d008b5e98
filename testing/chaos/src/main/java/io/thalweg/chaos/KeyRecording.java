package io.thalweg.chaos;

import io.thalweg.client.Row;
import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.simulation.check.KeyChecker;
import io.thalweg.simulation.check.KeyHistory;
import io.thalweg.simulation.check.KeyHistory.Change;
import io.thalweg.simulation.check.KeyHistory.Kind;
import io.thalweg.simulation.check.KeyHistory.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;

/**
 * The history of one round's keys, recorded by many threads: synchronised, with dates as in {@link
 * Recording}. A few keys are in use at a time; a new key replaces one with many operations, so that
 * each history stays short.
 */
final class KeyRecording implements AutoCloseable {
  private static final int KEYS_OF_A_TABLE = 8;

  /** Leaves room for operations that are under way when a key is replaced, and for reading back. */
  private static final int MOST_OPERATIONS = KeyHistory.MOST_OF_A_KEY - 24;

  private final Clock clock;
  private final long beginNanos;
  private final KeyHistory history = new KeyHistory();
  private final Map<TableBucket, Long> ends = new HashMap<>();
  private final Map<Long, List<Long>> inUse = new HashMap<>();
  private final BufferAllocator allocator = new RootAllocator();
  private final BigIntVector hashed = new BigIntVector("id", allocator);
  private long nextKey = 1;
  private long nextNumber = 1;
  private long acknowledged;

  KeyRecording(Clock clock) {
    this.clock = clock;
    this.beginNanos = clock.nanoTime();
    hashed.allocateNew(1);
    hashed.setValueCount(1);
  }

  /** A write that a client is about to send. */
  final class Write {
    private final long key;
    private final Operation operation;
    private final long number;

    private Write(long key, Operation operation, long number) {
      this.key = key;
      this.operation = operation;
      this.number = number;
    }

    long key() {
      return key;
    }

    /** The value that it writes; empty for a delete. */
    long number() {
      return number;
    }

    void stored() {
      synchronized (KeyRecording.this) {
        operation.done(now());
        acknowledged++;
      }
    }

    void refused() {
      synchronized (KeyRecording.this) {
        operation.refused(now());
      }
    }
  }

  private TableBucket bucket(TableInfo table, long key) {
    hashed.set(0, key);
    int bucket = BucketFunction.MURMUR3.buckets(List.of(hashed), 1, table.bucketCount())[0];
    return Tables.bucket(table, bucket);
  }

  /** One of the keys in use. */
  synchronized long key(TableInfo table, Random random) {
    List<Long> keys = inUse.computeIfAbsent(table.tableId(), none -> new ArrayList<>());
    while (keys.size() < KEYS_OF_A_TABLE) {
      keys.add(nextKey++);
    }
    int at = random.nextInt(keys.size());
    if (history.operations(bucket(table, keys.get(at)), keys.get(at)) >= MOST_OPERATIONS) {
      keys.set(at, nextKey++);
    }
    return keys.get(at);
  }

  /** Notes that {@code who} is about to write to one of the keys in use. */
  synchronized Write write(TableInfo table, String who, Kind kind, Random random) {
    long key = key(table, random);
    long number = nextNumber++;
    return new Write(
        key,
        history.write(
            bucket(table, key), who, kind, key, kind == Kind.DELETE ? null : number, now()),
        number);
  }

  /** The time of a request; for {@link #lookup}. */
  synchronized long now() {
    return clock.nanoTime() - beginNanos;
  }

  /** Notes that {@code who} asked for a row at {@code askedNanos}, and the answer just came. */
  synchronized void lookup(
      TableInfo table, String who, long key, long askedNanos, Optional<Row> row) {
    history.lookup(bucket(table, key), who, key, number(row), askedNanos, now());
  }

  private static Long number(Optional<Row> row) {
    return row.map(found -> found.getLong("n")).orElse(null);
  }

  synchronized void changes(TableBucket bucket, String who, List<Change> changes) {
    history.changes(bucket, who, changes);
  }

  /** Notes that a reader has read all changes up to {@code end} after the last write had ended. */
  synchronized void drained(TableBucket bucket, long end) {
    history.drained(bucket, 0, end, true);
    ends.put(bucket, end);
  }

  /** Notes what {@code who} found when nothing changed any more, after {@link #drained}. */
  synchronized void row(TableBucket bucket, String who, long key, Optional<Row> row) {
    history.row(bucket, who, key, number(row), ends.get(bucket));
  }

  /** The keys of a bucket that somebody used. */
  synchronized List<Long> keys(TableBucket bucket) {
    return history.keys(bucket);
  }

  /** Writes acknowledged so far. */
  synchronized long acknowledged() {
    return acknowledged;
  }

  /** Writes and lookups so far. */
  synchronized long operations() {
    return history.size();
  }

  /** Keys that somebody used. */
  synchronized long histories() {
    return history.histories();
  }

  /** All anomalies, each with the key's history. */
  synchronized List<String> violations() {
    return KeyChecker.check(history).stream()
        .map(
            found ->
                found.anomaly()
                    + " in "
                    + found.bucket()
                    + ", key "
                    + found.key()
                    + ": "
                    + found.message()
                    + "\n"
                    + history.of(found.bucket(), found.key()))
        .toList();
  }

  @Override
  public synchronized void close() {
    hashed.close();
    allocator.close();
  }
}
