package io.thalweg.format.type;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.Optional;

/**
 * Reads the words, names, numbers and strings of a text as SQL has them. Spaces between them do not
 * count. A text that cannot be read is INVALID_SCHEMA. One thread.
 */
public final class SqlCursor {
  private static final int MAX_TEXT = 65_536;

  private final String text;
  private int at;

  /** Begins at the text's start; a text of over 65,536 characters is TOO_LARGE. */
  public SqlCursor(String text) {
    if (text.length() > MAX_TEXT) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a text of " + text.length() + " characters is over the limit of " + MAX_TEXT);
    }
    this.text = text;
  }

  /** How many characters were read. */
  public int position() {
    return at;
  }

  /** Goes back to an earlier position. */
  public void back(int position) {
    at = position;
  }

  /** A name: a word, or any text in backquotes, in which two stand for one. */
  public String name() {
    if (!accept('`')) {
      String word = word();
      if (word.isEmpty()) {
        throw bad("a column name is missing");
      }
      return word;
    }
    return quoted('`', "a backquote");
  }

  /** Letters, digits and underscores; empty where none is. */
  public String word() {
    spaces();
    int start = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
      at++;
    }
    return text.substring(start, at);
  }

  /** Reads the next word if it is {@code wanted}, in any case, and says whether it was. */
  public boolean acceptWord(String wanted) {
    int start = at;
    if (word().equalsIgnoreCase(wanted)) {
      return true;
    }
    at = start;
    return false;
  }

  /** Reads {@code wanted} or fails. */
  public void expectWord(String wanted) {
    if (!acceptWord(wanted)) {
      throw bad(wanted + " is missing");
    }
  }

  /** A whole number of at most nine digits. */
  public int number() {
    String digits = word();
    if (!digits.matches("\\d{1,9}")) {
      throw bad("a number is missing");
    }
    return Integer.parseInt(digits);
  }

  /** A string in single quotes, in which two stand for one. */
  public String string() {
    if (!accept('\'')) {
      throw bad("a string in single quotes is missing");
    }
    return quoted('\'', "a quote");
  }

  /** A value: a string in quotes, a number, TRUE or FALSE; empty for NULL. */
  public Optional<String> value() {
    if (acceptWord("NULL")) {
      return Optional.empty();
    }
    spaces();
    if (at < text.length() && text.charAt(at) == '\'') {
      return Optional.of(string());
    }
    int start = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || "+-._".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    if (at == start) {
      throw bad("a value is missing: a string in single quotes, a number, TRUE, FALSE or NULL");
    }
    return Optional.of(text.substring(start, at));
  }

  private String quoted(char quote, String what) {
    StringBuilder inside = new StringBuilder();
    for (; at < text.length(); at++) {
      if (text.charAt(at) != quote) {
        inside.append(text.charAt(at));
      } else if (at + 1 < text.length() && text.charAt(at + 1) == quote) {
        inside.append(quote);
        at++;
      } else {
        at++;
        return inside.toString();
      }
    }
    throw bad(what + " is not closed");
  }

  private void spaces() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  /** Reads the next character if it is {@code wanted}, and says whether it was. */
  public boolean accept(char wanted) {
    spaces();
    if (at < text.length() && text.charAt(at) == wanted) {
      at++;
      return true;
    }
    return false;
  }

  /** Reads {@code wanted} or fails. */
  public void expect(char wanted) {
    if (!accept(wanted)) {
      throw bad("'" + wanted + "' is missing");
    }
  }

  /** Whether nothing but spaces is left. */
  public boolean atEnd() {
    spaces();
    return at == text.length();
  }

  /** Fails if there is text after {@code what}. */
  public void end(String what) {
    if (!atEnd()) {
      throw bad("there is text after " + what);
    }
  }

  /** An error at the present position: INVALID_SCHEMA. */
  public ThalwegException bad(String what) {
    String shown = text.length() > 200 ? text.substring(0, 200) + "…" : text;
    return new ThalwegException(
        ErrorCode.INVALID_SCHEMA, what + ", at character " + (at + 1) + " of \"" + shown + "\"");
  }
}
