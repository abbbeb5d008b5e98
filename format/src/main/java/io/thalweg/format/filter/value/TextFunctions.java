package io.thalweg.format.filter.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** Functions of texts in UTF-8; characters are code points. Stateless. */
public final class TextFunctions {
  private TextFunctions() {}

  /** In lower case, by Unicode and in no particular language. */
  public static byte[] lower(byte[] text) {
    if (!isAscii(text)) {
      return mapped(text, string -> string.toLowerCase(Locale.ROOT));
    }
    byte[] lower = text.clone();
    for (int i = 0; i < lower.length; i++) {
      lower[i] += (byte) (lower[i] >= 'A' && lower[i] <= 'Z' ? 'a' - 'A' : 0);
    }
    return lower;
  }

  /** In upper case, by Unicode and in no particular language. */
  public static byte[] upper(byte[] text) {
    if (!isAscii(text)) {
      return mapped(text, string -> string.toUpperCase(Locale.ROOT));
    }
    byte[] upper = text.clone();
    for (int i = 0; i < upper.length; i++) {
      upper[i] -= (byte) (upper[i] >= 'a' && upper[i] <= 'z' ? 'a' - 'A' : 0);
    }
    return upper;
  }

  private static byte[] mapped(byte[] text, UnaryOperator<String> function) {
    return function
        .apply(new String(text, StandardCharsets.UTF_8))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isAscii(byte[] text) {
    int all = 0;
    for (byte each : text) {
      all |= each;
    }
    return all >= 0;
  }

  /** How many characters. */
  public static int length(byte[] text) {
    int length = 0;
    for (byte each : text) {
      length += (each & 0xc0) == 0x80 ? 0 : 1;
    }
    return length;
  }

  /** At most {@code length} characters, beginning with the one numbered {@code from}, from 1. */
  public static byte[] substring(byte[] text, int from, int length) {
    int start = after(text, 0, from - 1);
    return Arrays.copyOfRange(text, start, after(text, start, length));
  }

  /** Where {@code count} characters from {@code at} end, or the text does. */
  private static int after(byte[] text, int at, int count) {
    int end = at;
    for (int i = 0; i < count && end < text.length; i++) {
      do {
        end++;
      } while (end < text.length && (text[end] & 0xc0) == 0x80);
    }
    return end;
  }

  /** Whether the bytes are UTF-8. */
  public static boolean isText(byte[] bytes) {
    return Arrays.equals(
        new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), bytes);
  }
}
