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
  private int at;

  private CommaList(String text, boolean spaces) {
    this.text = text;
    this.spaces = spaces;
  }

  /** The values, including their spaces. */
  public static List<String> values(String text) {
    return new CommaList(text, true).split();
  }

  /** The names in one or several lists; spaces around them are ignored. */
  public static String[] names(String... lists) {
    List<String> names = new ArrayList<>();
    for (String list : lists) {
      names.addAll(new CommaList(list, false).split());
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
    int comma = text.indexOf(',', at);
    int end = comma < 0 ? text.length() : comma;
    String value = text.substring(at, end);
    at = end;
    return spaces ? value : value.strip();
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
