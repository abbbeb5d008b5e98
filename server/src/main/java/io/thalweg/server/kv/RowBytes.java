package io.thalweg.server.kv;

import java.util.Arrays;

/** Where a row's bytes are, or that there is none. Reused; valid until it is set anew. */
final class RowBytes {
  /** Holds the row; null where there is none. */
  byte[] array;

  int start;
  int length;

  /** There is no row. */
  void setAbsent() {
    array = null;
  }

  void set(byte[] newArray, int newStart, int newLength) {
    array = newArray;
    start = newStart;
    length = newLength;
  }

  boolean isAbsent() {
    return array == null;
  }

  /** Whether the bytes in [otherStart, otherStart + otherLength) are the same. */
  boolean equals(byte[] other, int otherStart, int otherLength) {
    return Arrays.equals(array, start, start + length, other, otherStart, otherStart + otherLength);
  }
}
