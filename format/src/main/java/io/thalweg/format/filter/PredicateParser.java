package io.thalweg.format.filter;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Predicate.Op;
import io.thalweg.format.filter.PredicateTokens.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Parses predicates by recursive descent; the package text has the grammar. One thread. */
public final class PredicateParser {
  /** Longest text, in bytes of UTF-8. */
  public static final int MAX_TEXT = 64 << 10;

  private final PredicateTokens tokens;
  private final LiteralParser literals;
  private final OperandParser operands;

  private PredicateParser(String text) {
    this.tokens = new PredicateTokens(text);
    this.literals = new LiteralParser(tokens);
    this.operands = new OperandParser(tokens, literals);
  }

  /**
   * Parses {@code text}.
   *
   * @throws ThalwegException INVALID_FILTER, with what is wrong, at which character (from 1) and
   *     the text
   */
  public static Predicate parse(String text) {
    checkLength(text, "a filter");
    PredicateParser parser = new PredicateParser(text);
    Predicate predicate = parser.disjunction(0);
    if (parser.tokens.kind() != Kind.END) {
      throw parser.tokens.bad("AND, OR or the end of the filter is missing");
    }
    return predicate;
  }

  /** Refuses a longer text. */
  static void checkLength(String text, String what) {
    if (text.length() > MAX_TEXT || utf8Length(text) > MAX_TEXT) {
      throw PredicateLimits.invalid(
          what
              + " of "
              + text.length()
              + " characters is over the limit of "
              + MAX_TEXT
              + " bytes");
    }
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
    } while (tokens.accept("OR"));
    return tokens.located(start, () -> Predicate.anyOf(terms));
  }

  private Predicate conjunction(int depth) {
    int start = tokens.start();
    List<Predicate> terms = new ArrayList<>();
    do {
      terms.add(term(depth));
    } while (tokens.accept("AND"));
    return tokens.located(start, () -> Predicate.allOf(terms));
  }

  private Predicate term(int depth) {
    if (depth >= Predicate.MAX_DEPTH) {
      throw tokens.bad("the filter is nested deeper than " + Predicate.MAX_DEPTH + " levels");
    }
    int start = tokens.start();
    if (tokens.accept("NOT")) {
      Predicate term = term(depth + 1);
      return tokens.located(start, () -> new Predicate.Not(term));
    }
    if (tokens.acceptSymbol("(")) {
      Predicate inside = disjunction(depth + 1);
      tokens.expectSymbol(")");
      return inside;
    }
    return literals.starts() ? literalFirst() : operandFirst();
  }

  private Predicate literalFirst() {
    Literal literal = literals.literal();
    Op op = op();
    if (op == null) {
      throw tokens.bad("a literal is no condition; compare it with a column");
    }
    if (literals.starts()) {
      throw tokens.bad("two literals are compared; one side must be a column");
    }
    return new Predicate.Compare(operands.operand(), op.flipped(), literal);
  }

  private Predicate operandFirst() {
    int start = tokens.start();
    Operand operand = operands.operand();
    Op op = op();
    if (op != null) {
      return new Predicate.Compare(operand, op, literals.literal());
    }
    if (tokens.accept("IS")) {
      return is(operand);
    }
    boolean negated = tokens.accept("NOT");
    Predicate test = null;
    if (tokens.accept("IN")) {
      test = in(operand, start);
    } else if (tokens.accept("BETWEEN")) {
      Predicate least = new Predicate.Compare(operand, Op.GE, literals.literal());
      tokens.expect("AND");
      Predicate most = new Predicate.Compare(operand, Op.LE, literals.literal());
      test = new Predicate.And(List.of(least, most));
    } else if (tokens.accept("LIKE")) {
      test = like(operand);
    }
    if (test == null) {
      if (negated) {
        throw tokens.bad("IN, BETWEEN or LIKE is missing after NOT");
      }
      return new Predicate.Compare(operand, Op.EQ, new Literal.Bool(true));
    }
    return negated ? new Predicate.Not(test) : test;
  }

  private Predicate is(Operand operand) {
    boolean negated = tokens.accept("NOT");
    if (tokens.accept("TRUE")) {
      return new Predicate.IsBool(operand, true, negated);
    }
    if (tokens.accept("FALSE")) {
      return new Predicate.IsBool(operand, false, negated);
    }
    if (!tokens.accept("NULL")) {
      throw tokens.bad("NULL, TRUE or FALSE is missing");
    }
    return new Predicate.IsNull(operand, negated);
  }

  private Predicate in(Operand operand, int start) {
    tokens.expectSymbol("(");
    List<Literal> listed = new ArrayList<>();
    do {
      listed.add(literals.orNull());
    } while (tokens.acceptSymbol(","));
    tokens.expectSymbol(")");
    return tokens.located(start, () -> new Predicate.In(operand, listed));
  }

  private Predicate like(Operand operand) {
    int start = tokens.start();
    String pattern = string("a pattern in single quotes is missing");
    Optional<String> escape =
        tokens.accept("ESCAPE")
            ? Optional.of(string("a character in single quotes is missing"))
            : Optional.empty();
    return tokens.located(start, () -> new Predicate.Like(operand, pattern, escape));
  }

  private String string(String missing) {
    String value = tokens.value();
    if (tokens.kind() != Kind.STRING) {
      throw tokens.bad(missing);
    }
    tokens.advance();
    return value;
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
}
