package io.thalweg.server.kv;

import io.thalweg.format.row.RowTime;
import java.util.Arrays;

/** Where a row's bytes are, or that there is none. Reused; valid until it is set anew. */
final class RowBytes {
  /** Holds the row; null where there is none. */
  byte[] array;

  int start;
  int length;

  /** When the row was written last, in milliseconds; only in tables with a row time to live. */
  long writtenMillis;

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

  /** Makes a stored row with its time the row and its time. */
  void takeTime() {
    writtenMillis = RowTime.of(array, start, length);
    length = RowTime.rowLength(length);
  }

  /** Whether the bytes in [otherStart, otherStart + otherLength) are the same. */
  boolean equals(byte[] other, int otherStart, int otherLength) {
    return Arrays.equals(array, start, start + length, other, otherStart, otherStart + otherLength);
  }
}
