package io.thalweg.server.kv;

import io.thalweg.format.row.BinaryList;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The latest uncommitted row of each key: an open-addressing table of references into {@link
 * Uncommitted} writes, which hold the bytes. One thread.
 */
final class Overlay {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

  private Uncommitted[] writes = new Uncommitted[64];
  private int[] rows = new int[64];
  private int[] hashes = new int[64];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  /** Remembers row {@code row} of {@code write} as the latest of its key. */
  void put(Uncommitted write, int row) {
    if (2 * (size + 1) > writes.length) {
      grow();
    }
    BinaryList keys = write.keys;
    int hash = hash(keys, row);
    int at = find(keys, row, hash);
    if (writes[at] == null) {
      size++;
    }
    writes[at] = write;
    rows[at] = row;
    hashes[at] = hash;
  }

  /** Where the latest row of a key is, for {@link #write} and {@link #row}; -1 for nowhere. */
  int find(BinaryList keys, int i) {
    if (size == 0) {
      return -1;
    }
    int at = find(keys, i, hash(keys, i));
    return writes[at] == null ? -1 : at;
  }

  Uncommitted write(int at) {
    return writes[at];
  }

  int row(int at) {
    return rows[at];
  }

  /** Forgets the rows of a write that are still the latest of their keys. */
  void remove(Uncommitted write) {
    if (size == 0) {
      return;
    }
    BinaryList keys = write.keys;
    for (int i = 0; i < keys.count(); i++) {
      int at = find(keys, i, hash(keys, i));
      if (writes[at] == write && rows[at] == i) {
        removeAt(at);
      }
    }
  }

  void clear() {
    Arrays.fill(writes, null);
    size = 0;
  }

  private int find(BinaryList keys, int i, int hash) {
    int mask = writes.length - 1;
    int at = hash & mask;
    while (writes[at] != null
        && (hashes[at] != hash || !equal(writes[at].keys, rows[at], keys, i))) {
      at = (at + 1) & mask;
    }
    return at;
  }

  /** Closes the gap, so that no search ends too early. */
  private void removeAt(int gap) {
    int mask = writes.length - 1;
    int at = gap;
    while (true) {
      at = (at + 1) & mask;
      if (writes[at] == null) {
        break;
      }
      int home = hashes[at] & mask;
      boolean mayMove = ((at - home) & mask) >= ((at - gap) & mask);
      if (mayMove) {
        writes[gap] = writes[at];
        rows[gap] = rows[at];
        hashes[gap] = hashes[at];
        gap = at;
      }
    }
    writes[gap] = null;
    size--;
  }

  private void grow() {
    Uncommitted[] oldWrites = writes;
    int[] oldRows = rows;
    int[] oldHashes = hashes;
    int capacity = 2 * oldWrites.length;
    writes = new Uncommitted[capacity];
    rows = new int[capacity];
    hashes = new int[capacity];
    int mask = capacity - 1;
    for (int i = 0; i < oldWrites.length; i++) {
      if (oldWrites[i] != null) {
        int at = oldHashes[i] & mask;
        while (writes[at] != null) {
          at = (at + 1) & mask;
        }
        writes[at] = oldWrites[i];
        rows[at] = oldRows[i];
        hashes[at] = oldHashes[i];
      }
    }
  }

  private static boolean equal(BinaryList a, int i, BinaryList b, int j) {
    int startA = a.start(i);
    int startB = b.start(j);
    return Arrays.equals(
        a.array(), startA, startA + a.length(i), b.array(), startB, startB + b.length(j));
  }

  private static int hash(BinaryList keys, int i) {
    byte[] bytes = keys.array();
    int at = keys.start(i);
    int end = at + keys.length(i);
    long hash = keys.length(i);
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      hash = Long.rotateLeft((hash ^ (long) LONGS.get(bytes, at)) * MULTIPLIER, 29);
    }
    for (; at < end; at++) {
      hash = (hash ^ (bytes[at] & 0xff)) * MULTIPLIER;
    }
    hash ^= hash >>> 32;
    hash *= MULTIPLIER;
    return (int) (hash >>> 32);
  }
}
