package io.thalweg.format.filter;

import io.thalweg.format.filter.PredicateTokens.Kind;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.TypeText;
import java.math.BigDecimal;
import java.util.Locale;

/** Parses literals, and CAST of one. One thread. */
final class LiteralParser {
  private final PredicateTokens tokens;

  LiteralParser(PredicateTokens tokens) {
    this.tokens = tokens;
  }

  /** Whether a literal other than NULL begins at the current token. */
  boolean starts() {
    return startsPlain() || startsCast();
  }

  private boolean startsCast() {
    return tokens.isKeyword("CAST") && tokens.opens();
  }

  private boolean startsPlain() {
    return switch (tokens.kind()) {
      case NUMBER, STRING -> true;
      case SYMBOL -> tokens.isSymbol("-") || tokens.isSymbol("+");
      case WORD ->
          tokens.isKeyword("TRUE")
              || tokens.isKeyword("FALSE")
              || (tokens.isKeyword("X") && tokens.stringFollows(true))
              || (isTemporal() && tokens.stringFollows(false));
      case QUOTED_NAME, END -> false;
    };
  }

  private boolean isTemporal() {
    return tokens.isKeyword("DATE") || tokens.isKeyword("TIME") || tokens.isKeyword("TIMESTAMP");
  }

  /** A literal of a list, where NULL is one too. */
  Literal orNull() {
    return tokens.accept("NULL") ? new Literal.Null() : literal();
  }

  /** A literal; not NULL. */
  Literal literal() {
    return startsCast() ? cast() : plain();
  }

  private Literal cast() {
    int start = tokens.start();
    tokens.advance();
    tokens.expectSymbol("(");
    if (!startsPlain()) {
      throw tokens.bad("CAST takes a literal: a number, a text in single quotes, a date");
    }
    Literal literal = plain();
    tokens.expect("AS");
    int type = tokens.start();
    String text = typeText();
    Scalar wanted =
        tokens.located(
            type,
            () -> {
              DataType read = TypeText.parse(text);
              if (read instanceof Scalar scalar) {
                return scalar;
              }
              throw PredicateLimits.invalid("no literal is a " + read);
            });
    tokens.expectSymbol(")");
    return tokens.located(start, () -> LiteralCast.cast(literal, wanted));
  }

  private String typeText() {
    if (tokens.kind() != Kind.WORD) {
      throw tokens.bad("a type is missing");
    }
    StringBuilder text = new StringBuilder(tokens.value());
    tokens.advance();
    if (tokens.acceptSymbol("(")) {
      text.append('(');
      do {
        text.append(text.charAt(text.length() - 1) == '(' ? "" : ",").append(tokens.value());
        if (tokens.kind() != Kind.NUMBER) {
          throw tokens.bad("a number is missing");
        }
        tokens.advance();
      } while (tokens.acceptSymbol(","));
      tokens.expectSymbol(")");
      text.append(')');
    }
    return text.toString();
  }

  private Literal plain() {
    int start = tokens.start();
    if (!startsPlain()) {
      throw tokens.bad(
          tokens.isKeyword("NULL")
              ? PredicateLimits.NULL_HINT
              : tokens.kind() == Kind.WORD || tokens.kind() == Kind.QUOTED_NAME
                  ? "a literal is missing; put strings in single quotes, and columns cannot be"
                      + " compared with each other"
                  : "a literal is missing");
    }
    Kind kind = tokens.kind();
    String value = tokens.value();
    tokens.advance();
    if (kind == Kind.NUMBER) {
      return number(value, start);
    }
    if (kind == Kind.STRING) {
      return new Literal.Text(value);
    }
    if (kind == Kind.SYMBOL) {
      if (tokens.kind() != Kind.NUMBER) {
        throw tokens.bad("a number is missing after " + value);
      }
      String digits = tokens.value();
      tokens.advance();
      return number(value.equals("-") ? "-" + digits : digits, start);
    }
    String word = value.toUpperCase(Locale.ROOT);
    if (word.equals("TRUE") || word.equals("FALSE")) {
      return new Literal.Bool(word.equals("TRUE"));
    }
    String inside = tokens.value();
    tokens.advance();
    return tokens.located(
        start,
        () ->
            switch (word) {
              case "DATE" -> TemporalText.date(inside);
              case "TIME" -> TemporalText.time(inside);
              case "TIMESTAMP" -> TemporalText.timestamp(inside);
              default -> new Literal.Bytes(inside);
            });
  }

  private Literal number(String text, int start) {
    if (text.length() > 2 * Literal.MAX_DIGITS) {
      throw tokens.bad("a number has more than " + Literal.MAX_DIGITS + " digits", start);
    }
    return tokens.located(
        start,
        () -> {
          try {
            return new Literal.Numeric(new BigDecimal(text));
          } catch (NumberFormatException | ArithmeticException beyond) {
            throw PredicateLimits.invalid("the number " + text + " is out of range");
          }
        });
  }
}
