package io.thalweg.server.kv.merge;

import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType.Scalar;
import java.util.Arrays;

/** The greater or the lesser of two values that are not null; of equal values, the stored one. */
final class Extreme implements ColumnAggregate {
  private final Order order;
  private final int sign;

  private interface Order {
    int compare(RowView a, RowView b, int column);
  }

  private Extreme(Column column, int sign) {
    this.order = order((Scalar) column.type());
    this.sign = sign;
  }

  static ColumnAggregate max(Column column) {
    return new Extreme(column, 1);
  }

  static ColumnAggregate min(Column column) {
    return new Extreme(column, -1);
  }

  @Override
  public void merge(RowView old, RowView incoming, RowBuilder out, int column) {
    int compared = Integer.signum(order.compare(incoming, old, column));
    out.set(column, compared == sign ? incoming : old);
  }

  private static Order order(Scalar type) {
    return switch (type.kind()) {
      case FLOAT -> (a, b, i) -> Float.compare(a.getFloat(i), b.getFloat(i));
      case DOUBLE -> (a, b, i) -> Double.compare(a.getDouble(i), b.getDouble(i));
      case DECIMAL -> Extreme::decimals;
      case CHAR, STRING -> Extreme::strings;
      case TINYINT, SMALLINT, INT, BIGINT, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          (a, b, i) -> Long.compare(a.getLong(i), b.getLong(i));
      case BOOLEAN, BINARY, BYTES ->
          throw new IllegalArgumentException("no greatest value is kept of " + type);
    };
  }

  private static int decimals(RowView a, RowView b, int column) {
    int high = Long.compare(a.getDecimalHigh(column), b.getDecimalHigh(column));
    return high != 0
        ? high
        : Long.compareUnsigned(a.getDecimalLow(column), b.getDecimalLow(column));
  }

  private static int strings(RowView a, RowView b, int column) {
    int startA = a.getBytesStart(column);
    int startB = b.getBytesStart(column);
    return Arrays.compareUnsigned(
        a.array(),
        startA,
        startA + a.getBytesLength(column),
        b.array(),
        startB,
        startB + b.getBytesLength(column));
  }
}
