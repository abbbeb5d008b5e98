package io.thalweg.server.kv.store.lazy;

import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.store.KvStore;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The rows of a bucket that has no local files yet. One thread at a time. */
final class YoungRows {
  /** Bytes that a row takes beside its own: an entry of the tree and two arrays. */
  private static final int ROW_OVERHEAD = 72;

  private TreeMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);
  private boolean shared;
  private long written;

  /** How many bytes a write counts for. */
  static long cost(BinaryList keys, BinaryList values) {
    return (long) keys.byteCount() + values.byteCount() + (long) ROW_OVERHEAD * keys.count();
  }

  /** How many bytes all writes counted for, including rows that were replaced since. */
  long written() {
    return written;
  }

  void get(BinaryList keys, BinaryList values) {
    for (int i = 0; i < keys.count(); i++) {
      byte[] value = rows.get(keys.get(i));
      if (value == null) {
        values.addAbsent();
      } else {
        values.add(value, 0, value.length);
      }
    }
  }

  void write(BinaryList keys, BinaryList values) {
    if (shared) {
      rows = new TreeMap<>(rows);
      shared = false;
    }
    for (int i = 0; i < keys.count(); i++) {
      if (values.isAbsent(i)) {
        rows.remove(keys.get(i));
      } else {
        rows.put(keys.get(i), values.get(i));
      }
    }
    written += cost(keys, values);
  }

  /** The rows as they are now; they do not change. */
  NavigableMap<byte[], byte[]> snapshot() {
    shared = true;
    return rows;
  }

  /** Writes all rows to an empty store. */
  void writeTo(KvStore store, long offset) {
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    for (Map.Entry<byte[], byte[]> row : rows.entrySet()) {
      keys.add(row.getKey(), 0, row.getKey().length);
      values.add(row.getValue(), 0, row.getValue().length);
    }
    store.write(keys, values, offset);
  }
}
