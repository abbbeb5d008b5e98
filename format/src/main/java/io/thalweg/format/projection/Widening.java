package io.thalweg.format.projection;

import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;

/** Which scalar types may become which: every value of the old one is one of the new. Stateless. */
public final class Widening {
  /**
   * Digits of microseconds. Nanoseconds hold the years 1677 to 2262 only, so 9999 would be lost.
   */
  private static final int MICROS = 6;

  private Widening() {}

  /** Whether values of {@code from} may be read as {@code to}; nullability does not count. */
  public static boolean allows(Scalar from, Scalar to) {
    if (from.kind() == to.kind()) {
      return switch (from.kind()) {
        case DECIMAL -> from.scale() == to.scale() && from.precision() <= to.precision();
        case CHAR, TIME -> from.precision() <= to.precision();
        case TIMESTAMP, TIMESTAMP_LTZ ->
            from.precision() <= to.precision()
                && (to.precision() <= MICROS || from.precision() > MICROS);
        case BINARY -> from.precision() == to.precision();
        case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, STRING, BYTES, DATE -> true;
      };
    }
    return switch (from.kind()) {
      case TINYINT ->
          to.kind() == Kind.SMALLINT || to.kind() == Kind.INT || to.kind() == Kind.BIGINT;
      case SMALLINT -> to.kind() == Kind.INT || to.kind() == Kind.BIGINT;
      case INT -> to.kind() == Kind.BIGINT;
      case FLOAT -> to.kind() == Kind.DOUBLE;
      case CHAR -> to.kind() == Kind.STRING;
      case BINARY -> to.kind() == Kind.BYTES;
      case DATE -> to.kind() == Kind.TIMESTAMP && to.precision() <= MICROS;
      case BOOLEAN, BIGINT, DOUBLE, DECIMAL, STRING, BYTES, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
    };
  }
}
