package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.format.row.BinaryList;
import java.util.Arrays;

/**
 * Orders the rows of a write for a memtable. A row near the one before it is inserted from there,
 * with the memory that it needs in the processor's cache; in random order each insertion searches
 * the whole memtable.
 */
final class WriteOrder {
  private static final int LEAST = 64;
  private static final int INDEX_BITS = 20;
  private static final int MOST = 1 << INDEX_BITS;

  private WriteOrder() {}

  /**
   * The positions of keys, about in key order: of the bytes after the common prefix, only those
   * that fit into a {@code long} beside the position count. Equal keys stay in their order.
   *
   * @return null for the order in which they are given
   */
  static int[] of(BinaryList keys) {
    int count = keys.count();
    if (count < LEAST || count > MOST) {
      return null;
    }
    int common = common(keys);
    long[] sorted = new long[count];
    for (int i = 0; i < count; i++) {
      // The sign bit stays free, so that the numbers are in the order of the bytes.
      sorted[i] = prefix(keys, i, common) >>> (INDEX_BITS + 1) << INDEX_BITS | i;
    }
    Arrays.sort(sorted);
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = (int) sorted[i] & (MOST - 1);
    }
    return order;
  }

  /** The length of the prefix that all keys share. */
  private static int common(BinaryList keys) {
    byte[] bytes = keys.array();
    int first = keys.start(0);
    int common = keys.length(0);
    for (int i = 1; i < keys.count() && common > 0; i++) {
      int start = keys.start(i);
      int length = Math.min(common, keys.length(i));
      int mismatch = Arrays.mismatch(bytes, first, first + length, bytes, start, start + length);
      common = mismatch < 0 ? length : mismatch;
    }
    return common;
  }

  /** The eight bytes after the first {@code skip}, zeros where the key ends. */
  private static long prefix(BinaryList keys, int i, int skip) {
    byte[] bytes = keys.array();
    int at = keys.start(i) + skip;
    int end = keys.start(i) + keys.length(i);
    long prefix = 0;
    for (int taken = 0; taken < Long.BYTES; taken++) {
      prefix = prefix << Byte.SIZE | (at < end ? bytes[at++] & 0xff : 0);
    }
    return prefix;
  }
}
