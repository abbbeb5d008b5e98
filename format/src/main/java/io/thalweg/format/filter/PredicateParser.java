package io.thalweg.format.filter;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Predicate.Op;
import io.thalweg.format.filter.PredicateTokens.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Parses predicates by recursive descent; the package text has the grammar. One thread. */
public final class PredicateParser {
  /** Longest text, in bytes of UTF-8. */
  public static final int MAX_TEXT = 64 << 10;

  private final PredicateTokens tokens;

  private PredicateParser(String text) {
    this.tokens = new PredicateTokens(text);
  }

  /**
   * Parses {@code text}.
   *
   * @throws ThalwegException INVALID_FILTER, with what is wrong, at which character (from 1) and
   *     the text
   */
  public static Predicate parse(String text) {
    if (text.length() > MAX_TEXT || utf8Length(text) > MAX_TEXT) {
      throw PredicateLimits.invalid(
          "a filter of "
              + text.length()
              + " characters is over the limit of "
              + MAX_TEXT
              + " bytes");
    }
    PredicateParser parser = new PredicateParser(text);
    Predicate predicate = parser.disjunction(0);
    if (parser.tokens.kind() != Kind.END) {
      throw parser.tokens.bad("AND, OR or the end of the filter is missing");
    }
    return predicate;
  }

  private static long utf8Length(String text) {
    return text.codePoints()
        .mapToLong(c -> c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4)
        .sum();
  }

  private Predicate disjunction(int depth) {
    int start = tokens.start();
    List<Predicate> terms = new ArrayList<>();
    do {
      terms.add(conjunction(depth));
    } while (accept("OR"));
    return located(start, () -> Predicate.anyOf(terms));
  }

  private Predicate conjunction(int depth) {
    int start = tokens.start();
    List<Predicate> terms = new ArrayList<>();
    do {
      terms.add(term(depth));
    } while (accept("AND"));
    return located(start, () -> Predicate.allOf(terms));
  }

  private Predicate term(int depth) {
    if (depth >= Predicate.MAX_DEPTH) {
      throw tokens.bad("the filter is nested deeper than " + Predicate.MAX_DEPTH + " levels");
    }
    int start = tokens.start();
    if (accept("NOT")) {
      Predicate term = term(depth + 1);
      return located(start, () -> new Predicate.Not(term));
    }
    if (acceptSymbol("(")) {
      Predicate inside = disjunction(depth + 1);
      expectSymbol(")");
      return inside;
    }
    return startsLiteral() ? literalFirst() : columnFirst();
  }

  private Predicate literalFirst() {
    Literal literal = literal();
    Op op = op();
    if (op == null) {
      throw tokens.bad("a literal is no condition; compare it with a column");
    }
    if (startsLiteral()) {
      throw tokens.bad("two literals are compared; one side must be a column");
    }
    return new Predicate.Compare(column(), op.flipped(), literal);
  }

  private Predicate columnFirst() {
    int start = tokens.start();
    String column = column();
    Op op = op();
    if (op != null) {
      if (tokens.isKeyword("NULL")) {
        throw tokens.bad("nothing equals NULL; write IS NULL or IS NOT NULL");
      }
      return new Predicate.Compare(column, op, literal());
    }
    if (accept("IS")) {
      boolean negated = accept("NOT");
      expect("NULL");
      return new Predicate.IsNull(column, negated);
    }
    boolean negated = accept("NOT");
    Predicate test = null;
    if (accept("IN")) {
      test = in(column, start);
    } else if (accept("BETWEEN")) {
      Predicate least = new Predicate.Compare(column, Op.GE, literal());
      expect("AND");
      test = new Predicate.And(List.of(least, new Predicate.Compare(column, Op.LE, literal())));
    } else if (tokens.isKeyword("LIKE")) {
      throw tokens.bad("LIKE is not offered");
    }
    if (test == null) {
      if (negated) {
        throw tokens.bad("IN or BETWEEN is missing after NOT");
      }
      return new Predicate.Compare(column, Op.EQ, new Literal.Bool(true));
    }
    return negated ? new Predicate.Not(test) : test;
  }

  private Predicate in(String column, int start) {
    expectSymbol("(");
    List<Literal> literals = new ArrayList<>();
    do {
      literals.add(literal());
    } while (acceptSymbol(","));
    expectSymbol(")");
    return located(start, () -> new Predicate.In(column, literals));
  }

  private Op op() {
    if (tokens.kind() != Kind.SYMBOL) {
      return null;
    }
    Op op =
        switch (tokens.value()) {
          case "=" -> Op.EQ;
          case "<>", "!=" -> Op.NE;
          case "<" -> Op.LT;
          case "<=" -> Op.LE;
          case ">" -> Op.GT;
          case ">=" -> Op.GE;
          default -> null;
        };
    if (op != null) {
      tokens.advance();
    }
    return op;
  }

  private String column() {
    boolean word = tokens.kind() == Kind.WORD;
    String name = tokens.value();
    if (!word && tokens.kind() != Kind.QUOTED_NAME) {
      throw tokens.bad("a column name is missing");
    }
    if (word && Predicate.KEYWORDS.contains(name.toUpperCase(Locale.ROOT))) {
      throw tokens.bad(
          "a column name is missing before " + name + "; a column of that name needs backquotes");
    }
    tokens.advance();
    if (word && tokens.isSymbol("(")) {
      throw tokens.bad("functions such as " + name + " are not offered");
    }
    return name;
  }

  private boolean startsLiteral() {
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

  private Literal literal() {
    int start = tokens.start();
    if (!startsLiteral()) {
      throw tokens.bad(
          tokens.isKeyword("NULL")
              ? "NULL cannot be compared; write IS NULL or IS NOT NULL"
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
    return located(
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
    return located(
        start,
        () -> {
          try {
            return new Literal.Numeric(new BigDecimal(text));
          } catch (NumberFormatException | ArithmeticException beyond) {
            throw PredicateLimits.invalid("the number " + text + " is out of range");
          }
        });
  }

  /** Adds the place to errors that lack it. */
  private <T> T located(int start, Supplier<T> make) {
    try {
      return make.get();
    } catch (ThalwegException unplaced) {
      throw tokens.bad(unplaced.getMessage(), start);
    }
  }

  private boolean accept(String keyword) {
    boolean found = tokens.isKeyword(keyword);
    if (found) {
      tokens.advance();
    }
    return found;
  }

  private boolean acceptSymbol(String symbol) {
    boolean found = tokens.isSymbol(symbol);
    if (found) {
      tokens.advance();
    }
    return found;
  }

  private void expect(String keyword) {
    if (!accept(keyword)) {
      throw tokens.bad(keyword + " is missing");
    }
  }

  private void expectSymbol(String symbol) {
    if (!acceptSymbol(symbol)) {
      throw tokens.bad("'" + symbol + "' is missing");
    }
  }
}
