package io.thalweg.format.row;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A growing list of byte strings in one array. Each is present or absent; absent is not empty. Not
 * thread-safe; one thread at a time, handed over whole.
 */
public final class BinaryList {
  private static final int MAX_BYTES = Integer.MAX_VALUE - 64;

  private byte[] bytes;
  private int[] ends;
  private boolean[] absent;
  private int count;
  private int hidden;

  /** An empty list with room for about {@code count} strings of together {@code bytes} bytes. */
  public BinaryList(int count, int bytes) {
    this.bytes = new byte[Math.max(16, bytes)];
    this.ends = new int[Math.max(4, count)];
    this.absent = new boolean[ends.length];
  }

  /** An empty list. */
  public BinaryList() {
    this(16, 256);
  }

  /** A list of these strings; null for an absent one. */
  public static BinaryList of(byte[]... strings) {
    BinaryList list = new BinaryList(strings.length, 64);
    for (byte[] each : strings) {
      if (each == null) {
        list.addAbsent();
      } else {
        list.add(each, 0, each.length);
      }
    }
    return list;
  }

  /** How many strings, the absent ones included. */
  public int count() {
    return count;
  }

  /** How many bytes in all. */
  public int byteCount() {
    return count == 0 ? 0 : ends[count - 1];
  }

  /** Whether string {@code i} is absent. */
  public boolean isAbsent(int i) {
    return absent[checked(i)];
  }

  /** Where string {@code i} begins in {@link #array}. */
  public int start(int i) {
    return checked(i) == 0 ? 0 : ends[i - 1];
  }

  /** The length of string {@code i}, in bytes; 0 for an absent one. */
  public int length(int i) {
    return absent[checked(i)] ? 0 : ends[i] - start(i) - hidden;
  }

  /**
   * The bytes of all strings, one after the other. Valid until the next change of the list; must
   * not be changed.
   */
  public byte[] array() {
    return bytes;
  }

  /** A copy of string {@code i}; null for an absent one. */
  public byte[] get(int i) {
    return isAbsent(i) ? null : Arrays.copyOfRange(bytes, start(i), start(i) + length(i));
  }

  /** A read-only view of string {@code i}, valid until the next change of the list. */
  public ByteBuffer view(int i) {
    return ByteBuffer.wrap(bytes, start(i), length(i)).slice().asReadOnlyBuffer();
  }

  /** Adds a string. */
  public void add(byte[] source, int offset, int length) {
    int at = reserve(length);
    System.arraycopy(source, offset, bytes, at, length);
    end(at + length, false);
  }

  /** Adds a string: the remaining bytes of {@code source}, whose position stays. */
  public void add(ByteBuffer source) {
    int length = source.remaining();
    int at = reserve(length);
    source.get(source.position(), bytes, at, length);
    end(at + length, false);
  }

  /** Adds string {@code i} of another list. */
  public void add(BinaryList other, int i) {
    if (other.isAbsent(i)) {
      addAbsent();
    } else {
      add(other.bytes, other.start(i), other.length(i));
    }
  }

  /** A list of the strings at those places, in their order. */
  public BinaryList take(int[] places) {
    BinaryList taken = new BinaryList(places.length, places.length * 16);
    for (int place : places) {
      taken.add(this, place);
    }
    return taken;
  }

  /** Adds an absent string. */
  public void addAbsent() {
    end(byteCount(), true);
  }

  /**
   * Room for a string of at most {@code length} bytes behind the last one, to be written into
   * {@link #array} by the caller and ended with {@link #endString}.
   *
   * @return where it begins
   */
  public int reserve(int length) {
    if (hidden > 0) {
      throw new IllegalStateException("a list with hidden tails takes nothing more");
    }
    int at = byteCount();
    long needed = (long) at + length;
    if (length < 0 || needed > MAX_BYTES) {
      throw new IllegalArgumentException("a list of " + needed + " bytes is too long");
    }
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(MAX_BYTES, Math.max(needed, 2L * bytes.length)));
    }
    return at;
  }

  /** Ends the string that was written after {@link #reserve}. */
  public void endString(int length) {
    end(byteCount() + length, false);
  }

  /**
   * Makes the last string, which is present, longer by {@code length} bytes, to be written into
   * {@link #array} by the caller.
   *
   * @return where they begin
   */
  public int extendLast(int length) {
    if (isAbsent(count - 1)) {
      throw new IllegalArgumentException("string " + (count - 1) + " is absent, not empty");
    }
    int at = reserve(length);
    ends[count - 1] = at + length;
    return at;
  }

  /** Takes the last string away. */
  public void removeLast() {
    checked(count - 1);
    count--;
  }

  /** Empties the list and keeps its room. */
  public void clear() {
    count = 0;
    hidden = 0;
  }

  /**
   * Makes each present string shorter by its last {@code length} bytes, without moving any. Nothing
   * can be added then, before {@link #clear}.
   *
   * @throws IllegalArgumentException where a string is shorter than that
   */
  public void hideTails(int length) {
    for (int i = 0; i < count; i++) {
      if (!absent[i] && length(i) < length) {
        throw new IllegalArgumentException(
            "string " + i + " has " + length(i) + " bytes, less than " + length);
      }
    }
    hidden += length;
  }

  private void end(int end, boolean isAbsent) {
    if (hidden > 0) {
      throw new IllegalStateException("a list with hidden tails takes nothing more");
    }
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, 2 * count);
      absent = Arrays.copyOf(absent, 2 * count);
    }
    ends[count] = end;
    absent[count] = isAbsent;
    count++;
  }

  private int checked(int i) {
    if (i < 0 || i >= count) {
      throw new IndexOutOfBoundsException("string " + i + " of " + count);
    }
    return i;
  }
}
