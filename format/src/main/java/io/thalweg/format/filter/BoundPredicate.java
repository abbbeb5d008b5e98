package io.thalweg.format.filter;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType.Scalar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.apache.arrow.vector.FieldVector;

/** A predicate tied to one schema. Immutable; any thread. */
public final class BoundPredicate {
  private static final int NAMES_SHOWN = 50;

  private final Schema schema;
  private final Condition condition;
  private final int[] columns;

  private BoundPredicate(Schema schema, Condition condition, int[] columns) {
    this.schema = schema;
    this.condition = condition;
    this.columns = columns;
  }

  /**
   * Ties {@code predicate} to {@code schema}.
   *
   * @throws ThalwegException INVALID_FILTER where a column is unknown, nested, or compared with a
   *     literal that is no value of its type
   */
  public static BoundPredicate bind(Predicate predicate, Schema schema) {
    SortedSet<Integer> used = new TreeSet<>();
    Condition condition = bind(predicate, schema, used);
    return new BoundPredicate(
        schema, condition, used.stream().mapToInt(Integer::intValue).toArray());
  }

  private static Condition bind(Predicate predicate, Schema schema, SortedSet<Integer> used) {
    if (predicate instanceof Predicate.And and) {
      return new Condition.Junction(true, bind(and.terms(), schema, used));
    }
    if (predicate instanceof Predicate.Or or) {
      return new Condition.Junction(false, bind(or.terms(), schema, used));
    }
    if (predicate instanceof Predicate.Not not) {
      return new Condition.Negation(bind(not.term(), schema, used));
    }
    if (predicate instanceof Predicate.IsNull isNull) {
      return new Condition.NullTest(position(isNull.column(), schema, used), isNull.negated());
    }
    if (predicate instanceof Predicate.In in) {
      int position = position(in.column(), schema, used);
      return new Condition.ValueTest(position, binder(schema, position).in(in.literals()));
    }
    Predicate.Compare compare = (Predicate.Compare) predicate;
    int position = position(compare.column(), schema, used);
    ColumnTest test = binder(schema, position).compare(compare.op(), compare.literal());
    return new Condition.ValueTest(position, test);
  }

  private static List<Condition> bind(
      List<Predicate> terms, Schema schema, SortedSet<Integer> used) {
    List<Condition> bound = new ArrayList<>(terms.size());
    for (Predicate term : terms) {
      bound.add(bind(term, schema, used));
    }
    return bound;
  }

  private static int position(String name, Schema schema, SortedSet<Integer> used) {
    OptionalInt position = schema.indexOf(name);
    if (position.isEmpty()) {
      List<String> names = schema.columns().stream().map(Column::name).limit(NAMES_SHOWN).toList();
      throw PredicateLimits.invalid(
          "the filter names column '"
              + name
              + "', which the table does not have; its columns are "
              + names
              + (schema.columns().size() > NAMES_SHOWN ? " and more" : ""));
    }
    used.add(position.getAsInt());
    return position.getAsInt();
  }

  private static LiteralBinder binder(Schema schema, int position) {
    Column column = schema.columns().get(position);
    return switch (column.type().shape()) {
      case SCALAR -> new LiteralBinder(column, (Scalar) column.type());
      case ARRAY, MAP, ROW ->
          throw PredicateLimits.invalid(
              "column '"
                  + column.name()
                  + "' ("
                  + column.type()
                  + ") is nested and cannot be compared; only IS NULL and IS NOT NULL are offered");
    };
  }

  /** Positions in the schema of the columns that it reads, ascending. */
  public int[] columns() {
    return columns.clone();
  }

  /**
   * Whether a batch may hold a matching row; false only if none can.
   *
   * @param stats of the batch, which is of the bound schema; columns may be missing
   * @param recordCount rows of the batch
   */
  public boolean mayMatch(List<ColumnStats> stats, int recordCount) {
    int outcomes = condition.outcomes(new BatchStats(schema, stats, recordCount));
    return recordCount > 0 && (outcomes & Condition.MAY_BE_TRUE) != 0;
  }

  /**
   * The rows that match.
   *
   * @param vectors returns the vector at a position in the schema; called for {@link #columns()}
   *     only
   * @param rowCount rows of each vector
   * @throws IllegalArgumentException for a vector that is missing, of another type, or of another
   *     length
   */
  public Selection select(IntFunction<FieldVector> vectors, int rowCount) {
    for (int column : columns) {
      check(schema.columns().get(column), vectors.apply(column), rowCount);
    }
    byte[] truth = new byte[rowCount];
    condition.evaluate(vectors, truth);
    int[] rows = new int[rowCount];
    int selected = 0;
    for (int row = 0; row < rowCount; row++) {
      rows[selected] = row;
      selected += truth[row] >> 1;
    }
    return new Selection(rowCount, Arrays.copyOf(rows, selected));
  }

  private static void check(Column column, FieldVector vector, int rowCount) {
    if (vector == null
        || vector.getValueCount() != rowCount
        || !vector
            .getField()
            .getType()
            .equals(ArrowTypes.toArrow(column.name(), column.type()).getType())) {
      throw new IllegalArgumentException(
          "column '"
              + column.name()
              + "' ("
              + column.type()
              + ") of "
              + rowCount
              + " rows cannot be "
              + (vector == null
                  ? "missing"
                  : vector.getField() + " of " + vector.getValueCount() + " rows"));
    }
  }
}
