package io.thalweg.format.variant;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * Growing bytes that values in the encoding are written to. It trusts its caller. One thread; may
 * be used again after {@link #clear}.
 */
final class VariantOutput {
  private static final int SHORT_TEXT = 63;

  private byte[] out = new byte[256];
  private int length;

  /** Bytes so far. */
  int size() {
    return length;
  }

  /** Forgets what was written. */
  void clear() {
    length = 0;
  }

  /** What was written; valid up to {@link #size} and until the next write. */
  byte[] array() {
    return out;
  }

  /** A copy of what was written. */
  byte[] toBytes() {
    return Arrays.copyOf(out, length);
  }

  /** Appends bytes as they are. */
  void append(byte[] bytes, int from, int count) {
    room(count);
    System.arraycopy(bytes, from, out, length, count);
    length += count;
  }

  /** Appends the header of a primitive value. */
  void primitive(int type) {
    put(type << 2, 1);
  }

  /** Appends a TEXT. */
  void text(byte[] utf8) {
    if (utf8.length <= SHORT_TEXT) {
      put((utf8.length << 2) | 1, 1);
    } else {
      put(16 << 2, 1);
      put(utf8.length, Integer.BYTES);
    }
    append(utf8, 0, utf8.length);
  }

  /** Appends bytes as a BINARY. */
  void binary(byte[] bytes) {
    primitive(15);
    put(bytes.length, Integer.BYTES);
    append(bytes, 0, bytes.length);
  }

  /** Appends a whole number in the fewest bytes. */
  void whole(long number) {
    int type =
        number == (byte) number ? 3 : number == (short) number ? 4 : number == (int) number ? 5 : 6;
    primitive(type);
    put(number, 1 << (type - 3));
  }

  /** Appends a DOUBLE. */
  void fraction(double number) {
    primitive(7);
    put(Double.doubleToRawLongBits(number), Double.BYTES);
  }

  /** Appends a DECIMAL in the fewest bytes. */
  void decimal(BigDecimal number) {
    int type = number.precision() <= 9 ? 8 : number.precision() <= 18 ? 9 : 10;
    primitive(type);
    put(number.scale(), 1);
    BigInteger unscaled = number.unscaledValue();
    put(unscaled.longValue(), type == 8 ? Integer.BYTES : Long.BYTES);
    if (type == 10) {
      put(unscaled.shiftRight(Long.SIZE).longValue(), Long.BYTES);
    }
  }

  /**
   * Puts the header of an object or array before the values that begin at {@code start}.
   *
   * @param offsets of the values, from {@code start}
   * @param fieldIds ids of an object's names; null for an array
   * @param count how many values there are
   */
  void wrap(int start, int[] offsets, int[] fieldIds, int count) {
    int data = length - start;
    int offsetWidth = width(data);
    boolean large = count > 255;
    int countWidth = large ? Integer.BYTES : 1;
    int greatest = 0;
    for (int i = 0; i < count && fieldIds != null; i++) {
      greatest = Math.max(greatest, fieldIds[i]);
    }
    int idWidth = fieldIds == null ? 0 : width(greatest);
    int header = 1 + countWidth + count * idWidth + (count + 1) * offsetWidth;
    room(header);
    System.arraycopy(out, start, out, start + header, data);
    length = start;
    if (fieldIds == null) {
      put((large ? 0x10 : 0) | ((offsetWidth - 1) << 2) | 3, 1);
    } else {
      put((large ? 0x40 : 0) | ((idWidth - 1) << 4) | ((offsetWidth - 1) << 2) | 2, 1);
    }
    put(count, countWidth);
    for (int i = 0; i < count && fieldIds != null; i++) {
      put(fieldIds[i], idWidth);
    }
    for (int i = 0; i < count; i++) {
      put(offsets[i], offsetWidth);
    }
    put(data, offsetWidth);
    length += data;
  }

  /** How many bytes hold {@code number}. */
  static int width(int number) {
    return number < 1 << 8 ? 1 : number < 1 << 16 ? 2 : number < 1 << 24 ? 3 : 4;
  }

  private void room(int bytes) {
    if (length + bytes > out.length) {
      out = Arrays.copyOf(out, Math.max(out.length * 2, length + bytes));
    }
  }

  /** Appends the low {@code width} bytes of a number. */
  void put(long number, int width) {
    room(width);
    for (int i = 0; i < width; i++) {
      out[length++] = (byte) (number >> (i * Byte.SIZE));
    }
  }
}
