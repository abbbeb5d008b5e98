package io.thalweg.parquet.write;

import java.util.Arrays;

/**
 * Values at one level of nesting between a column's rows and a leaf: each with its levels and its
 * index in that level's vector, or -1 below a null or an empty list. Indices ascend. One thread.
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
