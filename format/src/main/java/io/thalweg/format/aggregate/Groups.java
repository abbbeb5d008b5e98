package io.thalweg.format.aggregate;

import io.thalweg.format.aggregate.BoundAggregation.Part;
import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.type.ArrowTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Takes rows, and partial results of other rows, and gives the partial result of all. After it has
 * refused something its state is undefined. One thread.
 */
public final class Groups {
  private final BoundAggregation aggregation;
  private final GroupKeys keys;
  private final List<State> keyValues = new ArrayList<>();
  private final List<State> measures = new ArrayList<>();
  private final Budget budget;
  private int count;

  /** See {@link BoundAggregation#groups}. */
  Groups(BoundAggregation aggregation, int maxGroups, long maxBytes) {
    this.aggregation = aggregation;
    this.budget = new Budget(maxBytes);
    for (Part part : aggregation.keys()) {
      keyValues.add(ExtremeState.of(part.type(), false, budget));
    }
    for (Part part : aggregation.measures()) {
      measures.add(state(part, budget));
    }
    this.keys = new GroupKeys(maxGroups, valueBytes(), budget);
    if (!aggregation.isGrouped()) {
      grow(1);
    }
  }

  private static State state(Part part, Budget budget) {
    return switch (part.function()) {
      case COUNT -> new CountState(part.position() < 0);
      case MIN -> ExtremeState.of(part.type(), false, budget);
      case MAX -> ExtremeState.of(part.type(), true, budget);
      case SUM ->
          switch (part.type().form()) {
            case FLOAT64 -> new DoubleSumState();
            default -> new SumState(part.name());
          };
    };
  }

  /** Arrays have room for up to twice as many groups as there are. */
  private long valueBytes() {
    return 2
        * Stream.concat(keyValues.stream(), measures.stream()).mapToLong(State::groupBytes).sum();
  }

  /** How large an array for {@code count} groups is, so that few are made. */
  static int room(int count) {
    return (int) Math.min(Integer.MAX_VALUE - 64L, Math.max(16, count * 2L));
  }

  private void grow(int groups) {
    count = groups;
    keyValues.forEach(state -> state.grow(groups));
    measures.forEach(state -> state.grow(groups));
  }

  /** Groups so far. */
  public int count() {
    return count;
  }

  /** About how many bytes of memory they take. */
  public long bytes() {
    return budget.taken();
  }

  /**
   * Takes rows of the table.
   *
   * @param vectors returns the vector at a position in the schema; called for {@link
   *     BoundAggregation#columns} only
   * @param rows which rows
   * @throws ThalwegException LIMIT_REACHED for too many groups, or too many bytes of their texts
   */
  public void add(IntFunction<FieldVector> vectors, Selection rows) {
    for (int column : aggregation.columns()) {
      if (vectors.apply(column).getValueCount() != rows.rowCount()) {
        throw new IllegalArgumentException(
            "column " + column + " has not the " + rows.rowCount() + " rows of the selection");
      }
    }
    int[] chosen = rows.rows();
    int[] groups = groups(parts -> vectors.apply(parts.position()), chosen);
    List<Part> parts = aggregation.measures();
    for (int i = 0; i < parts.size(); i++) {
      int position = parts.get(i).position();
      measures.get(i).add(position < 0 ? null : vectors.apply(position), chosen, groups);
    }
  }

  /**
   * Takes rows of a partial result.
   *
   * @param partial of the same aggregate, from {@link #write}; the caller closes it
   * @throws ThalwegException LIMIT_REACHED as above
   * @throws IllegalArgumentException for vectors of another schema
   */
  public void merge(VectorSchemaRoot partial) {
    List<Field> fields = aggregation.fields();
    List<FieldVector> vectors = partial.getFieldVectors();
    boolean same = vectors.size() == fields.size();
    for (int i = 0; same && i < fields.size(); i++) {
      same =
          vectors.get(i).getName().equals(fields.get(i).getName())
              && ArrowTypes.same(vectors.get(i).getField(), fields.get(i));
    }
    if (!same) {
      throw new IllegalArgumentException(
          "a partial result is of " + partial.getSchema() + " instead of " + fields);
    }
    int[] rows = IntStream.range(0, partial.getRowCount()).toArray();
    List<Part> parts = aggregation.keys();
    int[] groups = groups(part -> vectors.get(parts.indexOf(part)), rows);
    for (int i = 0; i < measures.size(); i++) {
      measures.get(i).merge(vectors.get(parts.size() + i), rows, groups);
    }
  }

  /** Finds the group of each row, and takes the keys of those that are new. */
  private int[] groups(Function<Part, FieldVector> vectors, int[] rows) {
    if (!aggregation.isGrouped()) {
      return new int[rows.length];
    }
    List<FieldVector> columns = aggregation.keys().stream().map(vectors).toList();
    int before = count;
    int[] groups = keys.groups(columns, rows);
    grow(keys.count());
    int[] firsts = new int[count - before];
    int found = 0;
    for (int i = 0; i < rows.length && found < firsts.length; i++) {
      if (groups[i] == before + found) {
        firsts[found++] = rows[i];
      }
    }
    int[] fresh = IntStream.range(before, count).toArray();
    for (int i = 0; i < columns.size(); i++) {
      keyValues.get(i).add(columns.get(i), firsts, fresh);
    }
    return groups;
  }

  /**
   * Takes all {@code rows} rows of a batch by its statistics, if these suffice for all measures.
   *
   * @param stats of the batch, whose bounds are values of rows or of bytes
   * @return false, and nothing is taken, if the rows must be read
   */
  public boolean addStatistics(List<ColumnStats> stats, int rows) {
    if (aggregation.isGrouped()) {
      return false;
    }
    Groups taken = new Groups(aggregation, 1, Long.MAX_VALUE);
    List<Part> parts = aggregation.measures();
    for (int i = 0; i < parts.size(); i++) {
      if (!taken.measures.get(i).addStatistics(find(stats, parts.get(i), rows), rows)) {
        return false;
      }
    }
    for (int i = 0; i < parts.size(); i++) {
      measures.get(i).addStatistics(find(stats, parts.get(i), rows), rows);
    }
    return true;
  }

  private static ColumnStats find(List<ColumnStats> stats, Part part, int rows) {
    return stats.stream()
        .filter(column -> part.position() >= 0 && column.columnId() == part.columnId())
        .filter(column -> column.nullCount() >= 0 && column.nullCount() <= rows)
        .findFirst()
        .orElse(null);
  }

  /**
   * The partial result of all rows that were taken, one row for each group, in the order in which
   * groups appeared.
   *
   * @return the caller closes it
   * @throws ThalwegException LIMIT_REACHED for a sum of more than 38 digits
   */
  public VectorSchemaRoot write(BufferAllocator allocator) {
    return write(0, count, allocator);
  }

  /** The same of {@code rows} groups, from the {@code first}-th on. */
  public VectorSchemaRoot write(int first, int rows, BufferAllocator allocator) {
    VectorSchemaRoot root = VectorSchemaRoot.create(aggregation.schema(), allocator);
    try {
      for (int i = 0; i < keyValues.size(); i++) {
        keyValues.get(i).write(root.getVector(i), first, rows);
      }
      for (int i = 0; i < measures.size(); i++) {
        measures.get(i).write(root.getVector(keyValues.size() + i), first, rows);
      }
      root.setRowCount(rows);
      return root;
    } catch (RuntimeException | Error failure) {
      root.close();
      throw failure;
    }
  }
}
