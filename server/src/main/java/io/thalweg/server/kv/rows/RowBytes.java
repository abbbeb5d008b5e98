package io.thalweg.server.kv.rows;

import io.thalweg.format.row.StoredRow;
import java.util.Arrays;

/**
 * Points at the bytes of a row, or says that there is none. Reused; valid until it is set anew. One
 * thread.
 */
public final class RowBytes {
  private byte[] array;
  private int start;
  private int length;
  private long writtenMillis;
  private long name;

  /** The array that holds the row; null where there is none. */
  public byte[] array() {
    return array;
  }

  /** Where the row begins in {@link #array}. */
  public int start() {
    return start;
  }

  /** Bytes of the row. */
  public int length() {
    return length;
  }

  /** When the row was written last, in milliseconds; only in tables with a row time to live. */
  public long writtenMillis() {
    return writtenMillis;
  }

  /** The row's name: the offset of the changelog's record that made it. */
  public long name() {
    return name;
  }

  /** There is no row. */
  public void setAbsent() {
    array = null;
  }

  /** The row is the {@code newLength} bytes of {@code newArray} from {@code newStart}. */
  public void set(byte[] newArray, int newStart, int newLength) {
    array = newArray;
    start = newStart;
    length = newLength;
  }

  /** Whether there is no row. */
  public boolean isAbsent() {
    return array == null;
  }

  /** Splits a stored row into the row and what follows it. */
  public void split(StoredRow form) {
    name = form.name(array, start, length);
    if (form.timed()) {
      writtenMillis = form.millis(array, start, length);
    }
    length = form.rowLength(length);
  }

  /** Whether the bytes in [otherStart, otherStart + otherLength) are the same. */
  public boolean equals(byte[] other, int otherStart, int otherLength) {
    return Arrays.equals(array, start, start + length, other, otherStart, otherStart + otherLength);
  }
}
