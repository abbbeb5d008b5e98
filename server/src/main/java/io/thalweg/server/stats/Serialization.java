package io.thalweg.server.stats;

import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType.Scalar;

/**
 * How a value becomes the bytes that a sketch counts: Iceberg's single-value serialization.
 * Sketches of two types can be merged where this is the same for both.
 */
enum Serialization {
  /** A byte, 0 or 1. */
  BOOLEAN(1),
  /** Four bytes, the least first; all integers of up to 32 bits. */
  INT(4),
  /** Eight bytes, the least first. */
  LONG(8),
  /** The bits of an IEEE 754 number as four bytes. */
  FLOAT(4),
  /** The bits of an IEEE 754 number as eight bytes. */
  DOUBLE(8),
  /** Days since 1970 as four bytes. */
  DAYS(4),
  /** Microseconds as eight bytes. */
  MICROS(8),
  /** Nanoseconds as eight bytes. */
  NANOS(8),
  /** The unscaled value in two's complement, as few bytes as hold it, the greatest first. */
  DECIMAL(0),
  /** The bytes themselves; of a text in UTF-8. */
  BYTES(0);

  private final int width;

  Serialization(int width) {
    this.width = width;
  }

  /** Bytes of each value; 0 where it depends on the value. */
  int width() {
    return width;
  }

  /** The serialization of a type. */
  static Serialization of(Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> BOOLEAN;
      case TINYINT, SMALLINT, INT -> INT;
      case BIGINT -> LONG;
      case FLOAT -> FLOAT;
      case DOUBLE -> DOUBLE;
      case DECIMAL -> DECIMAL;
      case CHAR, STRING, BINARY, BYTES -> BYTES;
      case DATE -> DAYS;
      case TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          switch (ArrowTypes.unit(type.precision())) {
            case SECOND, MILLISECOND, MICROSECOND -> MICROS;
            case NANOSECOND -> NANOS;
          };
    };
  }

  /** By how much a value in its Arrow unit is multiplied. */
  static long factor(Scalar type) {
    return switch (type.kind()) {
      case TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          switch (ArrowTypes.unit(type.precision())) {
            case SECOND -> 1_000_000;
            case MILLISECOND -> 1_000;
            case MICROSECOND, NANOSECOND -> 1;
          };
      case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL -> 1;
      case CHAR, STRING, BINARY, BYTES, DATE -> 1;
    };
  }
}
