package io.thalweg.node.cli.text;

import io.thalweg.node.cli.terminal.CliException;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits what users type at its commas. A value with a comma, or one that begins with a double
 * quote, is put in double quotes, and quotes within it are doubled. One thread.
 */
public final class CommaList {
  private final String text;
  private final boolean spaces;
  private final boolean expressions;
  private int at;

  private CommaList(String text, boolean spaces, boolean expressions) {
    this.text = text;
    this.spaces = spaces;
    this.expressions = expressions;
  }

  /** The values, including their spaces. */
  public static List<String> values(String text) {
    return new CommaList(text, true, false).split();
  }

  /** The names in one or several lists; spaces around them are ignored. */
  public static String[] names(String... lists) {
    return all(lists, false);
  }

  /** The columns in one or several lists: names, and expressions with their own commas. */
  public static String[] columns(String... lists) {
    return all(lists, true);
  }

  private static String[] all(String[] lists, boolean expressions) {
    List<String> names = new ArrayList<>();
    for (String list : lists) {
      names.addAll(new CommaList(list, false, expressions).split());
      if (names.contains("")) {
        throw new CliException(
            "'" + list + "' has an empty name; give names with commas between, such as id,name");
      }
    }
    return names.toArray(String[]::new);
  }

  private List<String> split() {
    List<String> values = new ArrayList<>();
    while (true) {
      skipSpaces();
      values.add(at < text.length() && text.charAt(at) == '"' ? quoted() : plain());
      skipSpaces();
      if (at == text.length()) {
        return values;
      }
      if (text.charAt(at) != ',') {
        throw wrong();
      }
      at++;
    }
  }

  private void skipSpaces() {
    while (!spaces && at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private String plain() {
    int comma = expressions ? behindExpression() : text.indexOf(',', at);
    int end = comma < 0 ? text.length() : comma;
    String value = text.substring(at, end);
    at = end;
    return spaces ? value : value.strip();
  }

  /** The next comma that is in no brackets and no quotes; -1 for none. */
  private int behindExpression() {
    int open = 0;
    for (int i = at; i < text.length(); i++) {
      char next = text.charAt(i);
      if (next == '\'' || next == '`' || next == '"') {
        int close = text.indexOf(next, i + 1);
        i = close < 0 ? i : close;
      } else if (next == '(') {
        open++;
      } else if (next == ')') {
        open--;
      } else if (next == ',' && open <= 0) {
        return i;
      }
    }
    return -1;
  }

  private String quoted() {
    StringBuilder value = new StringBuilder();
    at++;
    while (true) {
      int quote = text.indexOf('"', at);
      if (quote < 0) {
        throw wrong();
      }
      value.append(text, at, quote);
      at = quote + 1;
      if (at == text.length() || text.charAt(at) != '"') {
        return value.toString();
      }
      value.append('"');
      at++;
    }
  }

  private CliException wrong() {
    return new CliException(
        "the quotes in '"
            + text
            + "' do not match; put a value that has a comma in double quotes and double those within it");
  }
}
