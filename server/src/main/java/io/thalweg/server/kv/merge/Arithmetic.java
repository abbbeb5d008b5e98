package io.thalweg.server.kv.merge;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Sums and products of values that are not null: exact, except for floating point and products of
 * decimals, which are rounded to the column's scale. Stateless.
 */
final class Arithmetic {
  private Arithmetic() {}

  private interface LongOperation {
    /** Exact, or throws {@link ArithmeticException}. */
    long apply(long a, long b);
  }

  private interface DecimalOperation {
    BigDecimal apply(BigDecimal a, BigDecimal b);
  }

  static ColumnAggregate sum(Column column) {
    return switch (((Scalar) column.type()).kind()) {
      case FLOAT -> (old, in, out, i) -> out.setFloat(i, old.getFloat(i) + in.getFloat(i));
      case DOUBLE -> (old, in, out, i) -> out.setDouble(i, old.getDouble(i) + in.getDouble(i));
      case DECIMAL -> decimals(column, "sum", BigDecimal::add);
      case TINYINT -> integers(column, "sum", Byte.SIZE, Math::addExact);
      case SMALLINT -> integers(column, "sum", Short.SIZE, Math::addExact);
      case INT -> integers(column, "sum", Integer.SIZE, Math::addExact);
      case BIGINT -> integers(column, "sum", Long.SIZE, Math::addExact);
      case BOOLEAN, CHAR, STRING, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          throw new IllegalArgumentException("no numbers: " + column);
    };
  }

  static ColumnAggregate product(Column column) {
    return switch (((Scalar) column.type()).kind()) {
      case FLOAT -> (old, in, out, i) -> out.setFloat(i, old.getFloat(i) * in.getFloat(i));
      case DOUBLE -> (old, in, out, i) -> out.setDouble(i, old.getDouble(i) * in.getDouble(i));
      case DECIMAL -> decimals(column, "product", BigDecimal::multiply);
      case TINYINT -> integers(column, "product", Byte.SIZE, Math::multiplyExact);
      case SMALLINT -> integers(column, "product", Short.SIZE, Math::multiplyExact);
      case INT -> integers(column, "product", Integer.SIZE, Math::multiplyExact);
      case BIGINT -> integers(column, "product", Long.SIZE, Math::multiplyExact);
      case BOOLEAN, CHAR, STRING, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          throw new IllegalArgumentException("no numbers: " + column);
    };
  }

  private static ColumnAggregate integers(
      Column column, String what, int bits, LongOperation operation) {
    int unused = Long.SIZE - bits;
    return (old, incoming, out, i) -> {
      long a = old.getLong(i);
      long b = incoming.getLong(i);
      long result;
      try {
        result = operation.apply(a, b);
      } catch (ArithmeticException overflow) {
        throw overflow(column, what, a, b, overflow);
      }
      if (result << unused >> unused != result) {
        throw overflow(column, what, a, b, null);
      }
      out.setLong(i, result);
    };
  }

  private static ColumnAggregate decimals(Column column, String what, DecimalOperation operation) {
    Scalar type = (Scalar) column.type();
    return (old, incoming, out, i) -> {
      BigDecimal a = old.getDecimal(i);
      BigDecimal b = incoming.getDecimal(i);
      BigDecimal result = operation.apply(a, b).setScale(type.scale(), RoundingMode.HALF_UP);
      if (result.precision() > type.precision()) {
        throw overflow(column, what, a, b, null);
      }
      out.setDecimal(i, result);
    };
  }

  private static ThalwegException overflow(
      Column column, String what, Object a, Object b, ArithmeticException cause) {
    return new ThalwegException(
        ErrorCode.SCHEMA_MISMATCH,
        "column '"
            + column.name()
            + "' of type "
            + column.type()
            + " cannot hold the "
            + what
            + " of "
            + a
            + " and "
            + b
            + "; write a smaller value, or make a table with a wider type",
        cause);
  }
}
