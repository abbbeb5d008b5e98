package io.thalweg.parquet.write;

import java.util.Arrays;

/**
 * Values on their way from a column's rows down to a leaf: each with its levels and its index in
 * the vector at hand, or -1 where a null or empty list above ended it. Indices ascend. One thread.
 */
final class Entries {
  private int count;
  private byte[] def;
  private byte[] rep;
  private int[] index;

  Entries(int capacity) {
    def = new byte[capacity];
    rep = new byte[capacity];
    index = new int[capacity];
  }

  /** The rows {@code [from, from + count)}. */
  static Entries rows(int from, int count) {
    Entries rows = new Entries(count);
    for (int i = 0; i < count; i++) {
      rows.add(0, 0, from + i);
    }
    return rows;
  }

  void add(int definition, int repetition, int position) {
    if (count == index.length) {
      int grown = Math.max(64, Math.multiplyExact(count, 2));
      def = Arrays.copyOf(def, grown);
      rep = Arrays.copyOf(rep, grown);
      index = Arrays.copyOf(index, grown);
    }
    def[count] = (byte) definition;
    rep[count] = (byte) repetition;
    index[count++] = position;
  }

  int count() {
    return count;
  }

  byte[] def() {
    return def;
  }

  byte[] rep() {
    return rep;
  }

  int[] index() {
    return index;
  }
}
