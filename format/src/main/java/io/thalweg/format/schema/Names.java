package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.Shown;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.Utf8;

/** Which names databases, tables and columns may have. */
public final class Names {
  private static final int MAX_OBJECT = 200;

  /** Longest column name, in characters. */
  public static final int MAX_COLUMN = 255;

  /** Longest text of any kind that durable forms hold, in bytes of UTF-8. */
  public static final int MAX_TEXT_BYTES = 65_536;

  private Names() {}

  /**
   * Returns {@code text} if every durable form can hold it: well-formed Unicode, at most {@link
   * #MAX_TEXT_BYTES}. A longer text is TOO_LARGE; half a surrogate pair is INVALID_REQUEST.
   */
  public static String checkText(String what, String text) {
    if (text.length() > MAX_TEXT_BYTES / 3) {
      long bytes = text.codePoints().mapToLong(Names::bytes).sum();
      if (bytes > MAX_TEXT_BYTES) {
        throw new ThalwegException(
            ErrorCode.TOO_LARGE,
            what + " takes " + bytes + " bytes, at most " + MAX_TEXT_BYTES + "; shorten it");
      }
    }
    if (!Utf8.carries(text)) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          what + " is not Unicode: it holds half of a surrogate pair; send whole characters");
    }
    return text;
  }

  /** How many bytes of UTF-8 a character takes. */
  private static int bytes(int codePoint) {
    if (codePoint < 0x80) {
      return 1;
    }
    return codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }

  /** Returns {@code name} if a field of a ROW in a new table may have it. */
  public static String checkField(String name) {
    if (name.isBlank() || name.length() > MAX_COLUMN || hasControl(name) || !Utf8.carries(name)) {
      throw new ThalwegException(
          ErrorCode.INVALID_NAME,
          "'"
              + Shown.of(name)
              + "' cannot name a field of a ROW; use 1 to "
              + MAX_COLUMN
              + " printable characters");
    }
    return name;
  }

  /** Returns {@code name} if a database or table may have it. */
  public static String checkObject(String what, String name) {
    if (!isObject(name)) {
      throw new ThalwegException(
          ErrorCode.INVALID_NAME,
          "'"
              + Shown.of(name)
              + "' cannot name a "
              + what
              + "; use 1 to 200 of A-Z a-z 0-9 . _ -, and not '.' or '..'");
    }
    return name;
  }

  /** Whether a database or table may have that name. Requests ask it for each topic. */
  static boolean isObject(String name) {
    if (name.isEmpty() || name.length() > MAX_OBJECT || name.equals(".") || name.equals("..")) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (!isOfObject(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isOfObject(char each) {
    return (each >= 'a' && each <= 'z')
        || (each >= 'A' && each <= 'Z')
        || (each >= '0' && each <= '9')
        || each == '.'
        || each == '_'
        || each == '-';
  }

  /** Returns {@code name} if a column may have it; names that begin with __ are reserved. */
  public static String checkColumn(String name) {
    if (name.isBlank()
        || name.length() > MAX_COLUMN
        || name.startsWith("__")
        || hasControl(name)
        || !Utf8.carries(name)) {
      throw new ThalwegException(
          ErrorCode.INVALID_NAME,
          "'"
              + Shown.of(name)
              + "' cannot name a column; use 1 to 255 printable characters that do not begin with '__'");
    }
    return name;
  }

  private static boolean hasControl(String name) {
    return name.chars().anyMatch(Character::isISOControl);
  }
}
