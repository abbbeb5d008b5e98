package io.thalweg.client.write;

import java.util.Arrays;

/**
 * One row whose values were checked, each in the one form that an {@link OpenBatch} takes: a whole
 * number (also a date, a time or a timestamp in its Arrow unit, a truth value as 0 or 1, and the
 * bits of a floating-point number), a byte string, or a value that only {@link
 * io.thalweg.format.cast.VectorWriter} can write. Used again for row after row, so that a row costs
 * no object of its own. One thread at a time.
 */
public final class CheckedRow {
  private static final Object NULL = new Object();
  private static final int NUMBER_BYTES = 8;
  private static final int LENGTH_BYTES = 4;

  private final long[] numbers;
  private final Object[] objects;
  private long bytes;

  /** A row of nulls. */
  public CheckedRow(int columns) {
    this.numbers = new long[columns];
    this.objects = new Object[columns];
    clear();
  }

  /** Makes all values null. */
  public void clear() {
    Arrays.fill(objects, NULL);
    bytes = 0;
  }

  /** Sets a null. */
  public void setNull(int column) {
    objects[column] = NULL;
    bytes += NUMBER_BYTES;
  }

  /** Sets a value that is a number of at most 64 bits. */
  public void setNumber(int column, long value) {
    numbers[column] = value;
    objects[column] = null;
    bytes += NUMBER_BYTES;
  }

  /** Sets a byte string, or text in UTF-8; the row keeps the array until it is added. */
  public void setBytes(int column, byte[] value) {
    objects[column] = value;
    bytes += value.length + LENGTH_BYTES;
  }

  /** Sets a value in the form that VectorWriter takes, which takes about {@code valueBytes}. */
  public void setOther(int column, Object value, long valueBytes) {
    objects[column] = value;
    bytes += valueBytes;
  }

  /** About how many bytes the values set since the last {@link #clear} take. */
  public long bytes() {
    return bytes;
  }

  /** Whether a value is null. */
  public boolean isNull(int column) {
    return objects[column] == NULL;
  }

  /** A value that was set as a number. */
  public long number(int column) {
    return numbers[column];
  }

  /** A value that was set as bytes. */
  public byte[] bytes(int column) {
    return (byte[]) objects[column];
  }

  /** A value that was set in another form. */
  public Object other(int column) {
    return objects[column];
  }
}
