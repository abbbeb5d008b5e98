package io.thalweg.server.kv.rows;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.BinaryList;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Rows of one table in memory, back to back; a row is never changed in place. Owned by the bucket's
 * rows loop.
 *
 * <pre>
 * row := key length int32, value length int32 (-1: deleted), previous int64, key, value
 * </pre>
 *
 * <p>The value is a {@code StoredRow}, whose last eight bytes are its name and its mark. In place
 * of a deleted row's value there is its mark alone.
 */
final class RowChunk {
  /** The length of a deleted row's value. */
  static final int DELETED = -1;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;
  private static final int VALUE_LENGTH = 4;
  private static final int PREVIOUS = 8;
  private static final int HEADER = 16;
  private static final int MARK = Long.BYTES;

  /** Whose rows these are. */
  final RowTable table;

  /** Counts the chunks of its table. */
  final long number;

  /** Less than that of each chunk of any table that was made later. */
  final long age;

  final byte[] bytes;

  /** Bytes of its rows that are the latest of their keys; counted by its table. */
  int live;

  private int end;
  private long lastMark = Long.MIN_VALUE;

  /** A chunk without rows, with room for {@code length} bytes. */
  RowChunk(RowTable table, long number, long age, int length) {
    this.table = table;
    this.number = number;
    this.age = age;
    this.bytes = new byte[length];
  }

  /** Where the next row goes. */
  int end() {
    return end;
  }

  /** The latest mark of its rows. */
  long lastMark() {
    return lastMark;
  }

  boolean hasRoom(int length) {
    return bytes.length - end >= length;
  }

  /** Bytes of a row; the value's length is {@link #DELETED} for a deleted row. */
  static int length(int keyLength, int valueLength) {
    return HEADER + keyLength + (valueLength == DELETED ? MARK : valueLength);
  }

  /**
   * Adds a row, for which there is room.
   *
   * @param values an absent one for a deleted row
   * @param deleteMark the mark of a deleted row
   * @param previous the location of the key's row before it
   * @return where it begins
   * @throws ThalwegException CORRUPT_DATA if a value has no room for its name
   */
  int add(BinaryList keys, int i, BinaryList values, int j, long deleteMark, long previous) {
    int at = end;
    int keyLength = keys.length(i);
    int valueLength = values.isAbsent(j) ? DELETED : values.length(j);
    if (valueLength != DELETED && valueLength < MARK) {
      throw ThalwegException.corrupt(
          "a stored row of " + valueLength + " bytes has no room for its name");
    }
    INT.set(bytes, at, keyLength);
    INT.set(bytes, at + VALUE_LENGTH, valueLength);
    LONG.set(bytes, at + PREVIOUS, previous);
    System.arraycopy(keys.array(), keys.start(i), bytes, at + HEADER, keyLength);
    if (valueLength == DELETED) {
      LONG.set(bytes, at + HEADER + keyLength, deleteMark);
    } else {
      System.arraycopy(
          values.array(), values.start(j), bytes, at + HEADER + keyLength, valueLength);
    }
    end += length(keyLength, valueLength);
    lastMark = Math.max(lastMark, mark(at));
    return at;
  }

  /**
   * Adds a row of another chunk, for which there is room; the copy points to no row before it.
   *
   * @return where it begins
   */
  int addLatest(RowChunk from, int fromAt) {
    int at = end;
    int length = from.length(fromAt);
    System.arraycopy(from.bytes, fromAt, bytes, at, length);
    LONG.set(bytes, at + PREVIOUS, RowTable.NONE);
    end += length;
    lastMark = Math.max(lastMark, from.mark(fromAt));
    return at;
  }

  /** Bytes of the row at {@code at}. */
  int length(int at) {
    return length(keyLength(at), valueLength(at));
  }

  int keyLength(int at) {
    return (int) INT.get(bytes, at);
  }

  /** {@link #DELETED} where the row was deleted. */
  int valueLength(int at) {
    return (int) INT.get(bytes, at + VALUE_LENGTH);
  }

  long mark(int at) {
    return (long) LONG.get(bytes, at + length(at) - MARK);
  }

  /** The location of the key's row before this one. */
  long previous(int at) {
    return (long) LONG.get(bytes, at + PREVIOUS);
  }

  /** The hash of the row's key. */
  int hash(int at) {
    return hash(bytes, at + HEADER, keyLength(at));
  }

  /** Points {@code out} at the row. */
  void read(int at, RowBytes out) {
    int valueLength = valueLength(at);
    if (valueLength == DELETED) {
      out.setAbsent();
    } else {
      out.set(bytes, at + HEADER + keyLength(at), valueLength);
    }
  }

  /** Whether the row's key is {@code key[start, start + length)}. */
  boolean hasKey(int at, byte[] key, int start, int length) {
    int ownStart = at + HEADER;
    return keyLength(at) == length
        && Arrays.equals(bytes, ownStart, ownStart + length, key, start, start + length);
  }

  /** The hash of a key. */
  static int hash(byte[] key, int start, int length) {
    int at = start;
    int end = start + length;
    long hash = length;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      hash = Long.rotateLeft((hash ^ (long) LONG.get(key, at)) * MULTIPLIER, 29);
    }
    for (; at < end; at++) {
      hash = (hash ^ (key[at] & 0xff)) * MULTIPLIER;
    }
    hash ^= hash >>> 32;
    hash *= MULTIPLIER;
    return (int) (hash >>> 32);
  }
}
