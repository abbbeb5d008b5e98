package io.thalweg.server.kv.store.memory;

import io.thalweg.format.row.BinaryList;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.NavigableMap;
import java.util.TreeMap;

/** One bucket's rows on the disk, and what is needed to undo the last writes. */
final class MemoryRows {
  /** Writes that a crash may lose; older ones count as flushed. */
  static final int MAX_UNFLUSHED = 64;

  /** What a write replaced; the values are absent where there was no row. */
  private record Undo(long offset, BinaryList keys, BinaryList values) {}

  private final Deque<Undo> unflushed = new ArrayDeque<>();
  private TreeMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);
  private boolean shared;
  private long offset;

  /** No rows, at offset 0. */
  MemoryRows() {}

  /** Rows that were all flushed. */
  MemoryRows(NavigableMap<byte[], byte[]> rows, long offset) {
    this.rows.putAll(rows);
    this.offset = offset;
  }

  long offset() {
    return offset;
  }

  byte[] get(byte[] key) {
    return rows.get(key);
  }

  /** The rows as they are now; they do not change. */
  NavigableMap<byte[], byte[]> snapshot() {
    shared = true;
    return rows;
  }

  void write(BinaryList keys, BinaryList values, long newOffset) {
    own();
    BinaryList changed = new BinaryList();
    BinaryList before = new BinaryList();
    for (int i = 0; i < keys.count(); i++) {
      changed.add(keys, i);
      byte[] old = put(keys.get(i), values.get(i));
      if (old == null) {
        before.addAbsent();
      } else {
        before.add(old, 0, old.length);
      }
    }
    unflushed.addLast(new Undo(offset, changed, before));
    if (unflushed.size() > MAX_UNFLUSHED) {
      unflushed.removeFirst();
    }
    offset = newOffset;
  }

  /** How many writes can be taken back. */
  int unflushed() {
    return unflushed.size();
  }

  /** Makes every write so far safe from a crash. */
  void flush() {
    unflushed.clear();
  }

  /** Takes the last writes back. */
  void loseLast(int writes) {
    own();
    for (int lost = 0; lost < writes; lost++) {
      Undo undo = unflushed.removeLast();
      for (int i = undo.keys().count() - 1; i >= 0; i--) {
        put(undo.keys().get(i), undo.values().get(i));
      }
      offset = undo.offset();
    }
  }

  private byte[] put(byte[] key, byte[] value) {
    return value == null ? rows.remove(key) : rows.put(key, value);
  }

  private void own() {
    if (shared) {
      rows = new TreeMap<>(rows);
      shared = false;
    }
  }
}
