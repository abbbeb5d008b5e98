package io.thalweg.server.kv.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.server.kv.rows.RowBytes;
import java.util.Arrays;

/** Collects records of a changelog: what each does, and its row. One thread. */
final class Changes {
  /** The name of the ended row for a record that ends none. */
  static final long ENDS_NONE = -1;

  private final long bytesMax;
  private final BinaryList rows;
  private byte[] types;
  private long[] ended;
  private int count;

  /**
   * No changes yet.
   *
   * @param bytesMax most bytes of all rows before and after; past it adding fails with TOO_LARGE
   */
  Changes(int expectedCount, int expectedBytes, long bytesMax) {
    this.bytesMax = bytesMax;
    this.rows = new BinaryList(expectedCount, expectedBytes);
    this.types = new byte[Math.max(4, expectedCount)];
    this.ended = new long[types.length];
  }

  int count() {
    return count;
  }

  BinaryList rows() {
    return rows;
  }

  byte type(int i) {
    return types[i];
  }

  /** The name of the row that record {@code i} ends, or {@link #ENDS_NONE}. */
  long ended(int i) {
    return ended[i];
  }

  /** Adds a record with a new row, which may end the row named {@code endedName}. */
  void add(ChangeType type, BinaryList source, int i, long endedName) {
    add(type, source.isAbsent(i) ? 0 : source.length(i), endedName);
    rows.add(source, i);
  }

  /** Adds a record that ends {@code old}. */
  void addEnded(ChangeType type, RowBytes old) {
    add(type, old.length(), old.name());
    rows.add(old.array(), old.start(), old.length());
  }

  /**
   * The end of the first piece of [from, count) whose rows take at most about {@code bytes}. A
   * piece has at least one row, and the records of a row stay together.
   */
  int cutBefore(int from, int bytes) {
    int to = unitEnd(from);
    long taken = length(from, to);
    while (to < count) {
      int next = unitEnd(to);
      taken += length(to, next);
      if (taken > bytes) {
        break;
      }
      to = next;
    }
    return to;
  }

  /** Where [from, to) may be cut into halves; {@code to} when it is one row. */
  int middle(int from, int to) {
    int middle = from + (to - from) / 2;
    if (middle > from && types[middle - 1] == ChangeType.UPDATE_BEFORE.number()) {
      middle++;
    }
    return middle == from ? to : middle;
  }

  private int unitEnd(int at) {
    return types[at] == ChangeType.UPDATE_BEFORE.number() ? at + 2 : at + 1;
  }

  private long length(int from, int to) {
    long length = 0;
    for (int i = from; i < to; i++) {
      length += rows.length(i);
    }
    return length;
  }

  private void add(ChangeType type, int length, long endedName) {
    if (rows.byteCount() + (long) length > bytesMax) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the rows that the write changes take more than "
              + bytesMax
              + " bytes before and after; write fewer rows at a time");
    }
    if (count == types.length) {
      types = Arrays.copyOf(types, 2 * count);
      ended = Arrays.copyOf(ended, 2 * count);
    }
    ended[count] = endedName;
    types[count++] = type.number();
  }
}
