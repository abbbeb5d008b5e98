package io.thalweg.format.row;

import io.thalweg.format.error.ThalwegException;

/**
 * The time of a row's last write, in the bytes behind a stored row of a table with {@code
 * table.row.ttl}; the package text specifies them. Stateless; any thread.
 */
public final class RowTime {
  /** How many bytes it takes. */
  public static final int LENGTH = Long.BYTES;

  private RowTime() {}

  /** Puts the time behind the last row of a list, which is present. */
  public static void addToLast(BinaryList rows, long millis) {
    int at = rows.extendLast(LENGTH);
    LittleEndian.putLong(rows.array(), at, millis);
  }

  /**
   * The time of the stored row in [start, start + length), in milliseconds since the epoch.
   *
   * @throws ThalwegException CORRUPT_DATA where it has no room for a time
   */
  public static long of(byte[] stored, int start, int length) {
    return LittleEndian.getLong(stored, start + rowLength(length));
  }

  /** The same of string {@code i} of a list, which is present. */
  public static long of(BinaryList stored, int i) {
    return of(stored.array(), stored.start(i), stored.length(i));
  }

  /** How many of a stored row's bytes are the row's; CORRUPT_DATA where it has no time. */
  public static int rowLength(int storedLength) {
    if (storedLength < LENGTH) {
      throw ThalwegException.corrupt(
          "a stored row of " + storedLength + " bytes has no time of its last write");
    }
    return storedLength - LENGTH;
  }

  /** Adds stored rows, absent ones too, to {@code out} without their times. */
  public static void strip(BinaryList stored, BinaryList out) {
    for (int i = 0; i < stored.count(); i++) {
      if (stored.isAbsent(i)) {
        out.addAbsent();
      } else {
        out.add(stored.array(), stored.start(i), rowLength(stored.length(i)));
      }
    }
  }
}
