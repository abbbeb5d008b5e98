package io.thalweg.format.table;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;

/**
 * How the aggregation merge engine combines a column's stored and incoming value. Unless a function
 * says otherwise, a null on one side gives the value of the other.
 */
public enum AggregateFunction {
  /** Stored plus incoming; what the type cannot hold is refused. */
  SUM,
  /**
   * Stored times incoming; a decimal is rounded half up to its scale; what the type cannot hold is
   * refused.
   */
  PRODUCT,
  /** The greater; strings by UTF-8 bytes, NaN over everything, 0.0 over -0.0. */
  MAX,
  /** The lesser, by the order of {@link #MAX}. */
  MIN,
  /** The incoming value, even if it is null. */
  LAST_VALUE,
  /** The incoming value, unless it is null. */
  LAST_VALUE_IGNORE_NULLS,
  /** The first value, even if it is null. */
  FIRST_VALUE,
  /** The first value that was not null. */
  FIRST_VALUE_IGNORE_NULLS,
  /** Stored, delimiter, incoming. */
  LISTAGG,
  /** The same as {@link #LISTAGG}. */
  STRING_AGG,
  /** Whether both are true. */
  BOOL_AND,
  /** Whether one is true. */
  BOOL_OR,
  /** The union of two sets of 32-bit integers, RoaringBitmap's portable format. */
  RBM32,
  /** The union of two sets of 64-bit integers, the 64-bit extension of that format. */
  RBM64;

  /** Whether columns of {@code type} can be aggregated by this function. */
  public boolean accepts(DataType type) {
    Kind kind = type instanceof Scalar scalar ? scalar.kind() : null;
    return switch (this) {
      case LAST_VALUE, LAST_VALUE_IGNORE_NULLS, FIRST_VALUE, FIRST_VALUE_IGNORE_NULLS -> true;
      case SUM, PRODUCT -> kind != null && isNumber(kind);
      case MAX, MIN -> kind != null && (isNumber(kind) || isTextOrTime(kind));
      case LISTAGG, STRING_AGG -> kind == Kind.STRING || kind == Kind.CHAR;
      case BOOL_AND, BOOL_OR -> kind == Kind.BOOLEAN;
      case RBM32, RBM64 -> kind == Kind.BYTES;
    };
  }

  private static boolean isNumber(Kind kind) {
    return switch (kind) {
      case TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL -> true;
      case BOOLEAN, CHAR, STRING, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
    };
  }

  private static boolean isTextOrTime(Kind kind) {
    return switch (kind) {
      case CHAR, STRING, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> true;
      case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL, BINARY, BYTES -> false;
    };
  }
}
