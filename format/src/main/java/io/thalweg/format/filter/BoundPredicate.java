package io.thalweg.format.filter;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.VariantStats;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.value.Truth;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.variant.VariantPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.apache.arrow.vector.FieldVector;

/** A predicate tied to one schema. Immutable; any thread. */
public final class BoundPredicate {
  private final Schema schema;
  private final Condition condition;
  private final List<ColumnPath> paths;

  private BoundPredicate(Schema schema, Condition condition, List<ColumnPath> paths) {
    this.schema = schema;
    this.condition = condition;
    this.paths = paths;
  }

  /**
   * Ties {@code predicate} to {@code schema}.
   *
   * @throws ThalwegException INVALID_FILTER where a column or field is unknown, where a function
   *     does not take its type, and where it is compared with a literal that is no value of its
   *     type
   */
  public static BoundPredicate bind(Predicate predicate, Schema schema) {
    ConditionBinder binder = new ConditionBinder(schema);
    Condition condition = binder.bind(predicate);
    return new BoundPredicate(schema, condition, binder.paths());
  }

  /** Positions in the schema of the columns that it reads, ascending. */
  public int[] columns() {
    return paths.stream().mapToInt(ColumnPath::column).distinct().sorted().toArray();
  }

  /** Whether it reads a field within the column at that position. */
  public boolean looksInto(int column) {
    return paths.stream().anyMatch(path -> path.column() == column && !path.fields().isEmpty());
  }

  /**
   * The paths that it reads of columns of which it reads nothing else, by their positions in the
   * schema: variants of which it looks only at some fields.
   */
  public Map<Integer, List<VariantPath>> variantPaths() {
    Map<Integer, List<VariantPath>> inside = new HashMap<>();
    Set<Integer> whole = new HashSet<>();
    condition.looks(
        (path, field) -> {
          if (field == null || !path.fields().isEmpty() || field.path().names().isEmpty()) {
            whole.add(path.column());
          } else {
            inside.computeIfAbsent(path.column(), key -> new ArrayList<>()).add(field.path());
          }
        });
    inside.keySet().removeAll(whole);
    return inside;
  }

  /**
   * Whether a batch may hold a matching row; false only if none can.
   *
   * @param stats of the batch, which is of the bound schema; columns may be missing
   * @param recordCount rows of the batch
   */
  public boolean mayMatch(List<ColumnStats> stats, int recordCount) {
    return mayMatch(stats, List.of(), recordCount);
  }

  /** The same, with statistics of what is inside variants. */
  public boolean mayMatch(List<ColumnStats> stats, List<VariantStats> variants, int recordCount) {
    int outcomes = condition.outcomes(new BatchStats(schema, stats, variants, recordCount));
    return recordCount > 0 && (outcomes & Truth.MAY_BE_TRUE) != 0;
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
    for (ColumnPath path : paths) {
      FieldVector vector = vectors.apply(path.column());
      check(schema.columns().get(path.column()), vector, rowCount);
      path.check(vector);
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
