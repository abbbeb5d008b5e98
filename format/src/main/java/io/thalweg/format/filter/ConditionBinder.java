package io.thalweg.format.filter;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.value.ColumnTest;
import io.thalweg.format.filter.value.ComputedTest;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.DataType.Scalar;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Ties a predicate's nodes to one schema; notes which columns and fields they read. One thread. */
final class ConditionBinder {
  private final Schema schema;
  private final Set<ColumnPath> used = new LinkedHashSet<>();

  ConditionBinder(Schema schema) {
    this.schema = schema;
  }

  /** Where the bound nodes look, each place once. */
  List<ColumnPath> paths() {
    return List.copyOf(used);
  }

  /** The condition; see {@link BoundPredicate#bind} for what is refused. */
  Condition bind(Predicate predicate) {
    if (predicate instanceof Predicate.And and) {
      return new Condition.Junction(true, bind(and.terms()));
    }
    if (predicate instanceof Predicate.Or or) {
      return new Condition.Junction(false, bind(or.terms()));
    }
    if (predicate instanceof Predicate.Not not) {
      return new Condition.Negation(bind(not.term()));
    }
    if (predicate instanceof Predicate.IsNull isNull) {
      return nullTest(isNull);
    }
    if (predicate instanceof Predicate.In in) {
      List<Literal> values =
          in.literals().stream().filter(literal -> !(literal instanceof Literal.Null)).toList();
      Condition test = test(in.operand(), literals -> literals.in(values));
      return values.size() == in.literals().size() ? test : new Condition.Doubted(test);
    }
    if (predicate instanceof Predicate.Like like) {
      return test(like.operand(), literals -> literals.like(like.pattern(), like.escape()));
    }
    if (predicate instanceof Predicate.IsBool is) {
      Condition certain =
          new Condition.Certain(test(is.operand(), literals -> literals.is(is.value())));
      return is.negated() ? new Condition.Negation(certain) : certain;
    }
    Predicate.Compare compare = (Predicate.Compare) predicate;
    return test(compare.operand(), literals -> literals.compare(compare.op(), compare.literal()));
  }

  private List<Condition> bind(List<Predicate> terms) {
    List<Condition> bound = new ArrayList<>(terms.size());
    for (Predicate term : terms) {
      bound.add(bind(term));
    }
    return bound;
  }

  private Condition nullTest(Predicate.IsNull isNull) {
    Operand operand = isNull.operand();
    if (operand instanceof Operand.Call) {
      // No function makes a value of null, and none but variant_get null of a value.
      FunctionBinder.Bound bound = FunctionBinder.bind(operand, this::path);
      return new Condition.NullTest(bound.path(), bound.inside(), isNull.negated());
    }
    return new Condition.NullTest(path((Operand.Path) operand), null, isNull.negated());
  }

  private Condition.ValueTest test(Operand operand, Function<LiteralBinder, ColumnTest> make) {
    if (operand instanceof Operand.Path plain) {
      ColumnPath path = path(plain);
      String name = "column '" + path.name() + "'";
      return new Condition.ValueTest(path, null, make.apply(new LiteralBinder(name, scalar(path))));
    }
    FunctionBinder.Bound bound = FunctionBinder.bind(operand, this::path);
    ColumnTest test = make.apply(new LiteralBinder(operand.toString(), bound.computation().type()));
    return new Condition.ValueTest(
        bound.path(), bound.inside(), new ComputedTest(bound.computation(), test));
  }

  private ColumnPath path(Operand.Path path) {
    ColumnPath found = ColumnPath.of(path, schema);
    used.add(found);
    return found;
  }

  private static ThalwegException incomparable(ColumnPath path, String why) {
    return PredicateLimits.invalid(
        "column '"
            + path.name()
            + "' ("
            + path.type()
            + why
            + " cannot be compared; only IS NULL and IS NOT NULL are offered");
  }

  /** The type of a column that can be compared; INVALID_FILTER. */
  static Scalar scalar(ColumnPath path) {
    return switch (path.type().shape()) {
      case SCALAR -> (Scalar) path.type();
      case VECTOR -> throw incomparable(path, ")");
      case VARIANT ->
          throw PredicateLimits.invalid(
              "column '"
                  + path.name()
                  + "' (VARIANT) cannot be compared as a whole; write variant_get("
                  + path.name()
                  + ", '$.path', 'TYPE'), or IS NULL");
      case ARRAY, MAP, ROW -> throw incomparable(path, ") is nested and");
    };
  }
}
