package io.thalweg.format.row;

import io.thalweg.format.error.ThalwegException;

/**
 * The bytes that a table's index stores after each row: the time of its last write, in tables with
 * {@code table.row.ttl}, and its name; the package text specifies them. Immutable; any thread.
 *
 * @param timed whether the time is there
 */
public record StoredRow(boolean timed) {
  /** The version of the bytes that follow a row; the manifest of the rows holds it. */
  public static final int VERSION = 1;

  private static final int NAME = Long.BYTES;

  /** How many bytes follow the row. */
  public int trailer() {
    return timed ? 2 * Long.BYTES : NAME;
  }

  /**
   * Completes the last row of a list, which is present.
   *
   * @param millis of its last write, since the epoch; ignored where no time is kept
   * @param name the offset of the changelog's record that made it
   */
  public void completeLast(BinaryList rows, long millis, long name) {
    int at = rows.extendLast(trailer());
    if (timed) {
      LittleEndian.putLong(rows.array(), at, millis);
      at += Long.BYTES;
    }
    LittleEndian.putLong(rows.array(), at, name);
  }

  /**
   * The name of the stored row in [start, start + length).
   *
   * @throws ThalwegException CORRUPT_DATA where it has no room for a name
   */
  public long name(byte[] stored, int start, int length) {
    checkLength(length);
    return LittleEndian.getLong(stored, start + length - NAME);
  }

  /** The same of string {@code i} of a list, which is present. */
  public long name(BinaryList stored, int i) {
    return name(stored.array(), stored.start(i), stored.length(i));
  }

  /**
   * The time of the stored row in [start, start + length), in milliseconds since the epoch; only
   * where times are kept.
   *
   * @throws ThalwegException CORRUPT_DATA where it has no room for a time
   */
  public long millis(byte[] stored, int start, int length) {
    return LittleEndian.getLong(stored, start + rowLength(length));
  }

  /** The same of string {@code i} of a list, which is present. */
  public long millis(BinaryList stored, int i) {
    return millis(stored.array(), stored.start(i), stored.length(i));
  }

  /** How many of a stored row's bytes are the row itself; CORRUPT_DATA where it is too short. */
  public int rowLength(int storedLength) {
    checkLength(storedLength);
    return storedLength - trailer();
  }

  private void checkLength(int storedLength) {
    if (storedLength < trailer()) {
      throw ThalwegException.corrupt(
          "a stored row of " + storedLength + " bytes has no room for its name and time");
    }
  }

  /** Removes the bytes that follow the rows of a list, without moving any row. */
  public void strip(BinaryList stored) {
    for (int i = 0; i < stored.count(); i++) {
      if (!stored.isAbsent(i)) {
        checkLength(stored.length(i));
      }
    }
    stored.hideTails(trailer());
  }
}
