package io.thalweg.format.filter;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.TypeText;
import java.util.Locale;
import java.util.function.Supplier;

/** Cuts a predicate's text into tokens, one ahead. One thread. */
final class PredicateTokens {
  /** What a token is. */
  enum Kind {
    WORD,
    QUOTED_NAME,
    NUMBER,
    STRING,
    SYMBOL,
    END
  }

  private final String text;
  private int at;
  private Kind kind = Kind.END;
  private String value = "";
  private int start;

  /** Begins at the first token. */
  PredicateTokens(String text) {
    this.text = text;
    advance();
  }

  /** {@code name} as a predicate's text has it: quoted unless it is a plain identifier. */
  static String quote(String name) {
    return Predicate.KEYWORDS.contains(name.toUpperCase(Locale.ROOT))
        ? "`" + name + "`"
        : TypeText.quote(name);
  }

  Kind kind() {
    return kind;
  }

  /** The token without its quotes. */
  String value() {
    return value;
  }

  /** Where the token begins, from 0. */
  int start() {
    return start;
  }

  boolean isKeyword(String keyword) {
    return kind == Kind.WORD && value.equalsIgnoreCase(keyword);
  }

  boolean isSymbol(String symbol) {
    return kind == Kind.SYMBOL && value.equals(symbol);
  }

  /** Whether a string follows the current word, with nothing between if {@code atOnce}. */
  boolean stringFollows(boolean atOnce) {
    int next = at;
    while (!atOnce && next < text.length() && Character.isWhitespace(text.charAt(next))) {
      next++;
    }
    return next < text.length() && text.charAt(next) == '\'';
  }

  /** Whether "(" follows the current token. */
  boolean opens() {
    int next = at;
    while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
      next++;
    }
    return next < text.length() && text.charAt(next) == '(';
  }

  /** Goes behind {@code keyword} if that is the current token; returns whether it was. */
  boolean accept(String keyword) {
    boolean found = isKeyword(keyword);
    if (found) {
      advance();
    }
    return found;
  }

  /** Goes behind {@code symbol} if that is the current token; returns whether it was. */
  boolean acceptSymbol(String symbol) {
    boolean found = isSymbol(symbol);
    if (found) {
      advance();
    }
    return found;
  }

  /** Goes behind {@code keyword}, or refuses what stands there instead. */
  void expect(String keyword) {
    if (!accept(keyword)) {
      throw bad(keyword + " is missing");
    }
  }

  /** Goes behind {@code symbol}, or refuses what stands there instead. */
  void expectSymbol(String symbol) {
    if (!acceptSymbol(symbol)) {
      throw bad("'" + symbol + "' is missing");
    }
  }

  /** What {@code make} makes; adds the place {@code position}, from 0, to its errors. */
  <T> T located(int position, Supplier<T> make) {
    try {
      return make.get();
    } catch (ThalwegException unplaced) {
      throw bad(unplaced.getMessage(), position);
    }
  }

  /** Goes to the next token. */
  void advance() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    start = at;
    if (at == text.length()) {
      take(Kind.END, at);
      return;
    }
    char first = text.charAt(at);
    if (first == '\'') {
      quoted(Kind.STRING, first);
    } else if (first == '`' || first == '"') {
      quoted(Kind.QUOTED_NAME, first);
    } else if (isDigit(at) || (first == '.' && isDigit(at + 1))) {
      number();
    } else if (Character.isLetter(first) || first == '_') {
      int end = at + 1;
      while (end < text.length()
          && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
        end++;
      }
      take(Kind.WORD, end);
    } else {
      symbol(first);
    }
  }

  private void symbol(char first) {
    for (String two : new String[] {"<>", "!=", "<=", ">="}) {
      if (text.startsWith(two, at)) {
        take(Kind.SYMBOL, at + 2);
        return;
      }
    }
    if ("=<>(),+-.".indexOf(first) < 0) {
      throw bad("'" + first + "' has no meaning here", at);
    }
    take(Kind.SYMBOL, at + 1);
  }

  private void number() {
    int end = digits(at);
    if (end < text.length() && text.charAt(end) == '.') {
      end = digits(end + 1);
    }
    if (end < text.length() && (text.charAt(end) == 'e' || text.charAt(end) == 'E')) {
      boolean signed =
          end + 1 < text.length() && (text.charAt(end + 1) == '+' || text.charAt(end + 1) == '-');
      int exponent = signed ? end + 2 : end + 1;
      if (!isDigit(exponent)) {
        throw bad("a number's exponent has no digits", at);
      }
      end = digits(exponent);
    }
    if (end < text.length()
        && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
      throw bad("a number runs into a word; a column that begins with a digit needs quotes", at);
    }
    take(Kind.NUMBER, end);
  }

  private int digits(int from) {
    int end = from;
    while (isDigit(end)) {
      end++;
    }
    return end;
  }

  private boolean isDigit(int index) {
    return index < text.length() && text.charAt(index) >= '0' && text.charAt(index) <= '9';
  }

  private void quoted(Kind what, char quote) {
    StringBuilder inside = new StringBuilder();
    for (int i = at + 1; i < text.length(); i++) {
      char next = text.charAt(i);
      if (next != quote) {
        inside.append(next);
      } else if (i + 1 < text.length() && text.charAt(i + 1) == quote) {
        inside.append(quote);
        i++;
      } else {
        kind = what;
        value = inside.toString();
        at = i + 1;
        return;
      }
    }
    throw bad("a " + quote + " is not closed", at);
  }

  private void take(Kind what, int end) {
    kind = what;
    value = text.substring(at, end);
    at = end;
  }

  /** An error at the current token. */
  ThalwegException bad(String what) {
    return bad(what, start);
  }

  /** An error at {@code position}, from 0. */
  ThalwegException bad(String what, int position) {
    int from = Math.max(0, position - 150);
    int to = Math.min(text.length(), position + 150);
    return new ThalwegException(
        ErrorCode.INVALID_FILTER,
        what
            + ", at character "
            + (position + 1)
            + " of \""
            + (from > 0 ? "…" : "")
            + text.substring(from, to)
            + (to < text.length() ? "…" : "")
            + "\"");
  }
}
