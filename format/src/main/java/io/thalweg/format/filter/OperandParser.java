package io.thalweg.format.filter;

import io.thalweg.format.filter.PredicateTokens.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Parses columns, fields and functions of them. One thread. */
final class OperandParser {
  private final PredicateTokens tokens;
  private final LiteralParser literals;

  OperandParser(PredicateTokens tokens, LiteralParser literals) {
    this.tokens = tokens;
    this.literals = literals;
  }

  /** The operand at the current token. */
  Operand operand() {
    return operand(0);
  }

  private Operand operand(int calls) {
    int start = tokens.start();
    if (tokens.kind() == Kind.WORD && tokens.opens() && !isKeyword()) {
      return call(calls);
    }
    List<String> names = new ArrayList<>();
    do {
      names.add(name());
    } while (tokens.acceptSymbol("."));
    if (tokens.isSymbol("(")) {
      throw tokens.bad("a function's name is one word without quotes");
    }
    return tokens.located(start, () -> new Operand.Path(names));
  }

  private Operand call(int calls) {
    int start = tokens.start();
    String name = tokens.value();
    FilterFunction function = tokens.located(start, () -> FilterFunction.of(name));
    if (calls == Operand.MAX_CALLS) {
      throw tokens.bad("more than " + calls + " functions are around one another");
    }
    tokens.advance();
    tokens.expectSymbol("(");
    Operand input = null;
    List<Literal> arguments = new ArrayList<>();
    int count = 0;
    do {
      if (count == function.inputAt() && !literals.starts()) {
        input = operand(calls + 1);
      } else {
        arguments.add(literals.literal());
      }
      count++;
    } while (tokens.acceptSymbol(","));
    tokens.expectSymbol(")");
    if (input == null) {
      throw tokens.bad(
          function.text() + " has no column among its arguments, or at another place", start);
    }
    Operand found = input;
    return tokens.located(start, () -> new Operand.Call(function, found, arguments));
  }

  private boolean isKeyword() {
    return Predicate.KEYWORDS.contains(tokens.value().toUpperCase(Locale.ROOT));
  }

  private String name() {
    String name = tokens.value();
    if (tokens.kind() != Kind.WORD && tokens.kind() != Kind.QUOTED_NAME) {
      throw tokens.bad("a column name is missing");
    }
    if (tokens.isKeyword("NULL")) {
      throw tokens.bad(PredicateLimits.NULL_HINT + "; a column of that name needs backquotes");
    }
    if (tokens.kind() == Kind.WORD && isKeyword()) {
      throw tokens.bad(
          "a column name is missing before " + name + "; a column of that name needs backquotes");
    }
    tokens.advance();
    return name;
  }
}
