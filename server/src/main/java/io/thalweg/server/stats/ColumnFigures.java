package io.thalweg.server.stats;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.ColumnStats.Bounds;
import io.thalweg.format.schema.Column;
import io.thalweg.format.stats.ColumnStatistics;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.datasketches.theta.CompactSketch;
import org.apache.datasketches.theta.Union;

/** Merges the figures of one column of a table; a nested column has none. One thread at a time. */
final class ColumnFigures {
  private static final int MAX_BOUND = 32;

  private final Optional<Scalar> type;
  private final BoundsJoin bounds = new BoundsJoin();
  private long rows;
  private long nulls;
  private Union distinct;
  private long distinctRows;

  /** Figures of no rows; {@code type} is empty for a nested column. */
  ColumnFigures(Optional<Scalar> type) {
    this.type = type;
  }

  /**
   * Adds the rows of a segment.
   *
   * @param stats as ones of the current type
   * @param written the type that the segment has
   */
  void add(
      long count, Optional<ColumnStats> stats, Scalar written, Optional<CompactSketch> sketch) {
    if (type.isEmpty()) {
      return;
    }
    if (stats.isPresent()) {
      rows += count;
      nulls += stats.get().nullCount();
      bounds.add(stats.get().bounds(), stats.get().nullCount() == count);
    }
    if (sketch.isPresent() && Serialization.of(written) == Serialization.of(type.get())) {
      union().union(sketch.get());
      distinctRows += count;
    }
  }

  /**
   * Adds rows that were written before the column was there.
   *
   * @param value what they have, in the form of {@link io.thalweg.format.cast.VectorWriter}; null
   *     for null
   */
  void addMissing(Object value, long count) {
    if (type.isEmpty()) {
      return;
    }
    rows += count;
    distinctRows += count;
    if (value == null) {
      nulls += count;
      return;
    }
    bounds.add(bounds(value), count == 0);
    byte[] bytes = serialized(type.get(), value);
    if (bytes.length > 0) {
      union().update(bytes);
    }
  }

  private Union union() {
    if (distinct == null) {
      distinct = Sketched.union();
    }
    return distinct;
  }

  private static Optional<Bounds> bounds(Object value) {
    if (value instanceof Boolean bit) {
      long number = bit ? 1 : 0;
      return Optional.of(new ColumnStats.Longs(number, number));
    }
    if (value instanceof Long number) {
      return Optional.of(new ColumnStats.Longs(number, number));
    }
    if (value instanceof Double number) {
      return number.isNaN()
          ? Optional.empty()
          : Optional.of(new ColumnStats.Doubles(number, number));
    }
    if (value instanceof BigDecimal decimal) {
      return Optional.of(
          new ColumnStats.Decimals(decimal.unscaledValue(), decimal.unscaledValue()));
    }
    byte[] bytes = (byte[]) value;
    return bytes.length > MAX_BOUND
        ? Optional.empty()
        : Optional.of(new ColumnStats.Bytes(bytes, bytes));
  }

  /** The value as sketches count it. */
  private static byte[] serialized(Scalar type, Object value) {
    return switch (type.form()) {
      case BIT -> little((Boolean) value ? 1 : 0, 1);
      case INT8, INT16, INT32, INT64 ->
          little((Long) value * Serialization.factor(type), Serialization.of(type).width());
      case FLOAT32 -> little(Float.floatToRawIntBits(((Double) value).floatValue()), 4);
      case FLOAT64 -> little(Double.doubleToRawLongBits((Double) value), 8);
      case DECIMAL128 -> ((BigDecimal) value).unscaledValue().toByteArray();
      case FIXED_BYTES, BYTES -> (byte[]) value;
      case VECTOR, LIST, MAP, STRUCT -> throw type.form().notScalar();
    };
  }

  private static byte[] little(long word, int width) {
    byte[] all = ByteBuffer.allocate(8).putLong(Long.reverseBytes(word)).array();
    return Arrays.copyOf(all, width);
  }

  /** The figures as those of {@code column}. */
  ColumnStatistics result(Column column) {
    Optional<Bounds> known = type.isEmpty() ? Optional.empty() : bounds.bounds();
    return new ColumnStatistics(
        column.id(),
        column.name(),
        column.type().toString(),
        rows,
        type.isEmpty() || rows == 0 ? OptionalLong.empty() : OptionalLong.of(nulls),
        known.map(each -> BoundText.min(type.get(), each)),
        known.map(each -> BoundText.max(type.get(), each)),
        distinctRows == 0 ? OptionalLong.empty() : OptionalLong.of(estimate()),
        distinctRows);
  }

  private long estimate() {
    return distinct == null ? 0 : Math.round(distinct.getResult().getEstimate());
  }
}
