package io.thalweg.format.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a test looks at in each row: a column, a field within ROWs, or a function of one of these.
 * Immutable; its {@code toString} is its text.
 */
public sealed interface Operand {

  /** Most names of a path. */
  int MAX_PATH = 64;

  /** Most functions around one another. */
  int MAX_CALLS = 8;

  /** The name of the top-level column. */
  String column();

  /** The same of another top-level column. */
  Operand withColumn(String name);

  /** A top-level column. */
  static Operand of(String column) {
    return new Path(List.of(column));
  }

  /**
   * A column, or a field within it.
   *
   * @param names the column's and then, for each ROW on the way, the field's
   */
  record Path(List<String> names) implements Operand {
    /** Copies and checks the list; INVALID_FILTER. */
    public Path {
      names = List.copyOf(names);
      if (names.isEmpty() || names.size() > MAX_PATH) {
        throw PredicateLimits.invalid(
            "a column's path has " + names.size() + " names; 1 to " + MAX_PATH + " are allowed");
      }
    }

    @Override
    public String column() {
      return names.get(0);
    }

    @Override
    public Operand withColumn(String name) {
      List<String> renamed = new ArrayList<>(names);
      renamed.set(0, name);
      return new Path(renamed);
    }

    @Override
    public String toString() {
      return names.stream().map(PredicateTokens::quote).collect(Collectors.joining("."));
    }
  }

  /**
   * A function of an operand.
   *
   * @param arguments the function's other arguments, in their order
   */
  record Call(FilterFunction function, Operand input, List<Literal> arguments) implements Operand {
    /** Copies and checks the arguments and the depth; INVALID_FILTER. */
    public Call {
      arguments = List.copyOf(arguments);
      function.check(arguments);
      int calls = 1;
      for (Operand inner = input; inner instanceof Call call; inner = call.input) {
        calls++;
      }
      if (calls > MAX_CALLS) {
        throw PredicateLimits.invalid(
            "more than " + MAX_CALLS + " functions are around one another");
      }
    }

    @Override
    public String column() {
      return input.column();
    }

    @Override
    public Operand withColumn(String name) {
      return new Call(function, input.withColumn(name), arguments);
    }

    @Override
    public String toString() {
      List<String> all = new ArrayList<>(arguments.stream().map(Literal::toString).toList());
      all.add(function.inputAt(), input.toString());
      return function.text() + all.stream().collect(Collectors.joining(", ", "(", ")"));
    }
  }
}
