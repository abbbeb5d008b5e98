package io.thalweg.format.check;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.VarCharVector;

/** Checks that strings are UTF-8 and not too long; eight bytes at a time while they are ASCII. */
public final class Utf8Check {
  private static final long HIGH_BITS = 0x8080808080808080L;

  private Utf8Check() {}

  /**
   * Refuses text that is not UTF-8 or has more than {@code maxCharacters} code points.
   *
   * @param path the column's, as errors name it
   * @throws ThalwegException CORRUPT_DATA where it is no UTF-8, SCHEMA_MISMATCH where it is too
   *     long
   */
  public static void check(String path, VarCharVector strings, int maxCharacters) {
    int rows = strings.getValueCount();
    if (rows == 0) {
      return;
    }
    ArrowBuf offsets = strings.getOffsetBuffer();
    boolean ascii = isAscii(strings.getDataBuffer(), offsets.getInt(0), offsets.getInt(rows * 4L));
    if (ascii && maxCharacters == Integer.MAX_VALUE) {
      return;
    }
    for (int row = 0; row < rows; row++) {
      if (strings.isNull(row)) {
        continue;
      }
      int characters =
          ascii ? strings.getValueLength(row) : characters(path, strings.get(row), row);
      if (characters > maxCharacters) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "column '"
                + path
                + "' is CHAR("
                + maxCharacters
                + "), row "
                + row
                + " of the batch has "
                + characters
                + " characters");
      }
    }
  }

  private static boolean isAscii(ArrowBuf data, long from, long to) {
    long at = from;
    for (; at + 8 <= to; at += 8) {
      if ((data.getLong(at) & HIGH_BITS) != 0) {
        return false;
      }
    }
    for (; at < to; at++) {
      if (data.getByte(at) < 0) {
        return false;
      }
    }
    return true;
  }

  private static int characters(String path, byte[] value, int row) {
    try {
      CharBuffer chars =
          StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(value));
      return Character.codePointCount(chars, 0, chars.length());
    } catch (CharacterCodingException malformed) {
      throw new ThalwegException(
          ErrorCode.CORRUPT_DATA,
          "column '"
              + path
              + "', row "
              + row
              + " of the batch is not UTF-8; declare the column BYTES or encode it",
          malformed);
    }
  }
}
