package io.thalweg.format.aggregate;

import io.thalweg.format.aggregate.Aggregation.Function;
import io.thalweg.format.aggregate.Aggregation.Measure;
import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** An aggregate tied to one schema. Immutable; any thread. */
public final class BoundAggregation {
  private static final int NAMES_SHOWN = 50;

  /**
   * One column of a partial result.
   *
   * @param name in the result
   * @param position of the table's column that it is made of; -1 for {@code count(*)}
   * @param columnId of that column
   * @param function null for a column to group by
   * @param type of the result
   */
  record Part(String name, int position, int columnId, Function function, DataType type) {}

  private final List<Part> parts;
  private final int groupBy;

  private BoundAggregation(List<Part> parts, int groupBy) {
    this.parts = List.copyOf(parts);
    this.groupBy = groupBy;
  }

  /**
   * Ties {@code aggregation} to {@code schema}.
   *
   * @throws ThalwegException INVALID_REQUEST where a column is unknown or of a type that is not
   *     taken
   */
  public static BoundAggregation bind(
      Aggregation aggregation, io.thalweg.format.schema.Schema schema) {
    List<Part> parts = new ArrayList<>();
    for (String name : aggregation.groupBy()) {
      int position = position(name, schema);
      Column column = schema.columns().get(position);
      Scalar type = scalar(column, "group by");
      parts.add(new Part(name, position, column.id(), null, type.withNullable(true)));
    }
    for (Measure measure : aggregation.select()) {
      int position = measure.column().map(name -> position(name, schema)).orElse(-1);
      Column column = position < 0 ? null : schema.columns().get(position);
      parts.add(
          new Part(
              measure.toString(),
              position,
              column == null ? 0 : column.id(),
              measure.function(),
              type(measure.function(), column)));
    }
    return new BoundAggregation(parts, aggregation.groupBy().size());
  }

  private static int position(String name, io.thalweg.format.schema.Schema schema) {
    return schema
        .indexOf(name)
        .orElseThrow(
            () ->
                Aggregation.invalid(
                    "the aggregate names column '"
                        + name
                        + "', which the table does not have; its columns are "
                        + schema.columns().stream().map(Column::name).limit(NAMES_SHOWN).toList()
                        + (schema.columns().size() > NAMES_SHOWN ? " and more" : "")));
  }

  private static Scalar scalar(Column column, String use) {
    if (column.type() instanceof Scalar scalar) {
      return scalar;
    }
    throw Aggregation.invalid(
        "column '"
            + column.name()
            + "' ("
            + column.type()
            + ") is nested; "
            + use
            + " takes a scalar");
  }

  private static DataType type(Function function, Column column) {
    return switch (function) {
      case COUNT -> DataType.of(Kind.BIGINT).withNullable(false);
      case MIN, MAX -> scalar(column, function.toString()).withNullable(true);
      case SUM -> sum(scalar(column, "SUM"), column);
    };
  }

  private static DataType sum(Scalar type, Column column) {
    return switch (type.kind()) {
      case TINYINT, SMALLINT, INT, BIGINT -> DataType.decimal(SumState.DIGITS, 0);
      case DECIMAL -> DataType.decimal(SumState.DIGITS, type.scale());
      case FLOAT, DOUBLE -> DataType.of(Kind.DOUBLE);
      case BOOLEAN, CHAR, STRING, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          throw Aggregation.invalid(
              "column '" + column.name() + "' (" + type + ") has no sum; sum takes numbers");
    };
  }

  /** Positions in the table's schema of the columns that it reads, ascending. */
  public int[] columns() {
    return parts.stream()
        .mapToInt(Part::position)
        .filter(at -> at >= 0)
        .distinct()
        .sorted()
        .toArray();
  }

  /** The schema of partial results. */
  public Schema schema() {
    return new Schema(fields());
  }

  List<Field> fields() {
    return parts.stream().map(part -> ArrowTypes.toArrow(part.name, part.type)).toList();
  }

  /** Whether there are columns to group by. */
  public boolean isGrouped() {
    return groupBy > 0;
  }

  /** The parts that make a group. */
  List<Part> keys() {
    return parts.subList(0, groupBy);
  }

  /** The parts that are computed of it. */
  List<Part> measures() {
    return parts.subList(groupBy, parts.size());
  }

  /**
   * Whether statistics of {@code rows} rows tell all that is asked of them, as {@link
   * Groups#addStatistics} says.
   */
  public boolean suffices(List<ColumnStats> stats, int rows) {
    return groups(1, Long.MAX_VALUE).addStatistics(stats, rows);
  }

  /**
   * Groups without rows.
   *
   * @param maxGroups most groups
   * @param maxBytes about the most bytes of memory for them, if there are columns to group by; else
   *     for the texts and byte strings of measures
   */
  public Groups groups(int maxGroups, long maxBytes) {
    return new Groups(this, maxGroups, maxBytes);
  }
}
