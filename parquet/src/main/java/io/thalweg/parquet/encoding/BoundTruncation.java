package io.thalweg.parquet.encoding;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Shortens long bounds so that they stay bounds, and text stays UTF-8. Stateless. */
public final class BoundTruncation {
  private static final int MOST = Limits.MAX_BOUND;

  private BoundTruncation() {}

  /** A lower bound of {@code value}, which is longer than the limit. */
  public static byte[] lower(byte[] value, boolean text) {
    return Arrays.copyOf(value, text ? cut(value, MOST) : MOST);
  }

  /** An upper bound of {@code value}, which is longer than the limit; null where there is none. */
  public static byte[] upper(byte[] value, boolean text) {
    return text ? upperText(value) : upperBytes(value);
  }

  private static byte[] upperBytes(byte[] value) {
    for (int end = MOST; end > 0; end--) {
      if (value[end - 1] != (byte) 0xff) {
        byte[] bound = Arrays.copyOf(value, end);
        bound[end - 1]++;
        return bound;
      }
    }
    return null;
  }

  /** The last place up to {@code most} at which a character begins. */
  private static int cut(byte[] value, int most) {
    int end = most;
    while (end > 0 && (value[end] & 0xc0) == 0x80) {
      end--;
    }
    return end;
  }

  private static byte[] upperText(byte[] value) {
    int end = cut(value, MOST);
    while (end > 0) {
      int start = cut(value, end - 1);
      int next = successor(value, start, end);
      if (next >= 0) {
        byte[] last = new String(Character.toChars(next)).getBytes(StandardCharsets.UTF_8);
        if (start + last.length <= MOST) {
          byte[] bound = Arrays.copyOf(value, start + last.length);
          System.arraycopy(last, 0, bound, start, last.length);
          return bound;
        }
      }
      end = start;
    }
    return null;
  }

  /** The code point after the one in {@code [start, end)}; -1 for the last or no UTF-8. */
  private static int successor(byte[] value, int start, int end) {
    try {
      CharSequence character =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value, start, end - start));
      int next = Character.codePointAt(character, 0) + 1;
      if (next > Character.MAX_CODE_POINT) {
        return -1;
      }
      return next == Character.MIN_SURROGATE ? Character.MAX_SURROGATE + 1 : next;
    } catch (CharacterCodingException malformed) {
      // Without a character there is no successor: the caller uses the bytes before it.
      return -1;
    }
  }
}
