package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.regex.Pattern;

/** Which names databases, tables and columns may have. */
public final class Names {
  private static final Pattern OBJECT = Pattern.compile("[A-Za-z0-9._-]{1,200}");

  /** Longest column name, in characters. */
  public static final int MAX_COLUMN = 255;

  private Names() {}

  /** Gives {@code name} back if a database or table may have it. */
  public static String checkObject(String what, String name) {
    if (!OBJECT.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new ThalwegException(
          ErrorCode.INVALID_NAME,
          "'"
              + shown(name)
              + "' cannot name a "
              + what
              + "; use 1 to 200 of A-Z a-z 0-9 . _ -, and not '.' or '..'");
    }
    return name;
  }

  /** Gives {@code name} back if a column may have it; names that begin with __ are ours. */
  public static String checkColumn(String name) {
    if (name.isBlank() || name.length() > MAX_COLUMN || name.startsWith("__") || hasControl(name)) {
      throw new ThalwegException(
          ErrorCode.INVALID_NAME,
          "'"
              + shown(name)
              + "' cannot name a column; use 1 to 255 printable characters that do not begin with '__'");
    }
    return name;
  }

  private static boolean hasControl(String name) {
    return name.chars().anyMatch(Character::isISOControl);
  }

  private static String shown(String name) {
    String visible = name.replaceAll("\\p{Cntrl}", "?");
    return visible.length() > 100 ? visible.substring(0, 100) + "…" : visible;
  }
}
