package io.thalweg.format.filter;

import io.thalweg.format.filter.value.LikePattern;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A condition on a row, columns by name. Immutable; its {@code toString} is text that {@link
 * PredicateParser} reads back to an equal predicate. A predicate over a limit is refused:
 * INVALID_FILTER.
 */
public sealed interface Predicate {

  /** Deepest nesting. */
  int MAX_DEPTH = 64;

  /** Most nodes, the literals of IN lists counted too. */
  int MAX_SIZE = 10_000;

  /** Words that name a column only in quotes. */
  Set<String> KEYWORDS =
      Set.of("AND", "OR", "NOT", "IN", "IS", "NULL", "BETWEEN", "LIKE", "TRUE", "FALSE");

  /** How a column's value compares with a literal. */
  enum Op {
    EQ("="),
    NE("<>"),
    LT("<"),
    LE("<="),
    GT(">"),
    GE(">=");

    private final String symbol;

    Op(String symbol) {
      this.symbol = symbol;
    }

    /** As SQL writes it. */
    public String symbol() {
      return symbol;
    }

    /** The operator that means the same with both sides exchanged. */
    public Op flipped() {
      return switch (this) {
        case LT -> GT;
        case LE -> GE;
        case GT -> LT;
        case GE -> LE;
        case EQ, NE -> this;
      };
    }
  }

  /** A predicate that looks at one operand. */
  sealed interface Test extends Predicate {
    /** What it looks at. */
    Operand operand();

    /** The same test of another operand. */
    Test on(Operand other);
  }

  /** {@code operand op literal}. */
  record Compare(Operand operand, Op op, Literal literal) implements Test {
    /** Refuses NULL, which nothing compares with; INVALID_FILTER. */
    public Compare {
      if (literal instanceof Literal.Null) {
        throw PredicateLimits.invalid(PredicateLimits.NULL_HINT);
      }
    }

    /** Of a top-level column. */
    public Compare(String column, Op op, Literal literal) {
      this(Operand.of(column), op, literal);
    }

    @Override
    public Test on(Operand other) {
      return new Compare(other, op, literal);
    }

    @Override
    public String toString() {
      return operand + " " + op.symbol() + " " + literal;
    }
  }

  /** {@code operand IN (literals)}; at least one. One that is NULL may equal any value. */
  record In(Operand operand, List<Literal> literals) implements Test {
    /** Copies and checks the list. */
    public In {
      literals = List.copyOf(literals);
      if (literals.isEmpty()) {
        throw PredicateLimits.invalid("IN needs at least one literal");
      }
      PredicateLimits.checkSize(1L + literals.size());
    }

    /** Of a top-level column. */
    public In(String column, List<Literal> literals) {
      this(Operand.of(column), literals);
    }

    @Override
    public Test on(Operand other) {
      return new In(other, literals);
    }

    @Override
    public String toString() {
      return literals.stream()
          .map(Literal::toString)
          .collect(Collectors.joining(", ", operand + " IN (", ")"));
    }
  }

  /**
   * {@code operand LIKE pattern}.
   *
   * @param escape one character that makes the wildcard behind it stand for itself
   */
  record Like(Operand operand, String pattern, Optional<String> escape) implements Test {
    /** Checks the pattern; INVALID_FILTER. */
    public Like {
      LikePattern.of(pattern, escape);
    }

    @Override
    public Test on(Operand other) {
      return new Like(other, pattern, escape);
    }

    @Override
    public String toString() {
      return operand
          + " LIKE "
          + new Literal.Text(pattern)
          + escape.map(one -> " ESCAPE " + new Literal.Text(one)).orElse("");
    }
  }

  /** {@code operand IS NULL}, or IS NOT NULL if negated. */
  record IsNull(Operand operand, boolean negated) implements Test {
    /** Of a top-level column. */
    public IsNull(String column, boolean negated) {
      this(Operand.of(column), negated);
    }

    @Override
    public Test on(Operand other) {
      return new IsNull(other, negated);
    }

    @Override
    public String toString() {
      return operand + (negated ? " IS NOT NULL" : " IS NULL");
    }
  }

  /** {@code operand IS TRUE} or IS FALSE, or IS NOT if negated; never unknown. */
  record IsBool(Operand operand, boolean value, boolean negated) implements Test {
    @Override
    public Test on(Operand other) {
      return new IsBool(other, value, negated);
    }

    @Override
    public String toString() {
      return operand + (negated ? " IS NOT " : " IS ") + (value ? "TRUE" : "FALSE");
    }
  }

  /** All of at least two terms. */
  record And(List<Predicate> terms) implements Predicate {
    /** Copies and checks the list. */
    public And {
      terms = List.copyOf(terms);
      if (terms.size() < 2) {
        throw PredicateLimits.invalid("AND needs at least two terms");
      }
      PredicateLimits.check(terms);
    }

    @Override
    public String toString() {
      return terms.stream()
          .map(term -> term instanceof And || term instanceof Or ? "(" + term + ")" : "" + term)
          .collect(Collectors.joining(" AND "));
    }
  }

  /** Any of at least two terms. */
  record Or(List<Predicate> terms) implements Predicate {
    /** Copies and checks the list. */
    public Or {
      terms = List.copyOf(terms);
      if (terms.size() < 2) {
        throw PredicateLimits.invalid("OR needs at least two terms");
      }
      PredicateLimits.check(terms);
    }

    @Override
    public String toString() {
      return terms.stream()
          .map(term -> term instanceof Or ? "(" + term + ")" : "" + term)
          .collect(Collectors.joining(" OR "));
    }
  }

  /** The opposite; unknown stays unknown. */
  record Not(Predicate term) implements Predicate {
    /** Checks depth and size. */
    public Not {
      PredicateLimits.check(List.of(term));
    }

    @Override
    public String toString() {
      return term instanceof And || term instanceof Or ? "NOT (" + term + ")" : "NOT " + term;
    }
  }

  /** All of {@code terms}, at least one. */
  static Predicate allOf(List<Predicate> terms) {
    return terms.size() == 1 ? terms.get(0) : new And(terms);
  }

  /** Any of {@code terms}, at least one. */
  static Predicate anyOf(List<Predicate> terms) {
    return terms.size() == 1 ? terms.get(0) : new Or(terms);
  }
}
