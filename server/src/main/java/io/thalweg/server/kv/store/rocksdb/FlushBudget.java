package io.thalweg.server.kv.store.rocksdb;

import java.util.LinkedHashMap;
import java.util.Map;
import org.rocksdb.RocksDBException;

/**
 * Flushes the database with the most unflushed bytes before all together spend the budget. Any
 * thread; a database is flushed by another's thread only between {@link #add} and {@link #remove}.
 */
final class FlushBudget {
  private final long flushAt;
  private final Map<RocksKvStore, Long> unflushed = new LinkedHashMap<>();
  private long total;

  /**
   * No databases yet.
   *
   * @param bytes the whole budget; RocksDB itself acts at seven eighths of it
   */
  FlushBudget(long bytes) {
    flushAt = bytes / 8 * 6;
  }

  synchronized void add(RocksKvStore store) {
    unflushed.put(store, 0L);
  }

  synchronized void remove(RocksKvStore store) {
    Long last = unflushed.remove(store);
    total -= last == null ? 0 : last;
  }

  /** An upper bound for the bytes that all databases wrote and did not begin to flush. */
  synchronized long unflushedBytes() {
    return total;
  }

  /** A store has written about {@code bytes} bytes. */
  synchronized void wrote(RocksKvStore store, long bytes) throws RocksDBException {
    unflushed.merge(store, bytes, Long::sum);
    total += bytes;
    if (total < flushAt) {
      return;
    }
    total = 0;
    RocksKvStore largest = store;
    for (Map.Entry<RocksKvStore, Long> each : unflushed.entrySet()) {
      each.setValue(each.getKey().activeMemtableBytes());
      total += each.getValue();
      if (each.getValue() > unflushed.get(largest)) {
        largest = each.getKey();
      }
    }
    if (total >= flushAt) {
      total -= unflushed.put(largest, 0L);
      largest.startFlush();
    }
  }
}
