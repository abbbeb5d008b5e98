package io.thalweg.format.filter;

import java.util.List;
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

  /** {@code column op literal}. */
  record Compare(String column, Op op, Literal literal) implements Predicate {
    @Override
    public String toString() {
      return PredicateTokens.quote(column) + " " + op.symbol() + " " + literal;
    }
  }

  /** {@code column IN (literals)}; at least one. */
  record In(String column, List<Literal> literals) implements Predicate {
    /** Copies and checks the list. */
    public In {
      literals = List.copyOf(literals);
      if (literals.isEmpty()) {
        throw PredicateLimits.invalid("IN needs at least one literal");
      }
      PredicateLimits.checkSize(1L + literals.size());
    }

    @Override
    public String toString() {
      return literals.stream()
          .map(Literal::toString)
          .collect(Collectors.joining(", ", PredicateTokens.quote(column) + " IN (", ")"));
    }
  }

  /** {@code column IS NULL}, or IS NOT NULL if negated. */
  record IsNull(String column, boolean negated) implements Predicate {
    @Override
    public String toString() {
      return PredicateTokens.quote(column) + (negated ? " IS NOT NULL" : " IS NULL");
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
