package io.thalweg.format.filter.value;

import io.thalweg.format.batch.ColumnStats.Bounds;
import io.thalweg.format.type.DataType.Scalar;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;

/**
 * A column's values with functions applied to them, one row at a time and without a vector for the
 * results. Defined for rows that are not null. Immutable; any thread.
 */
public sealed interface Computation {

  /** The type of the results, which says which literals they compare with. */
  Scalar type();

  /** From bounds of the column, not null, to bounds of the results; null if nothing is known. */
  UnaryOperator<Bounds> bounds();

  /** Integers, booleans, dates and times. */
  record OfLongs(
      Scalar type, Function<FieldVector, LongTest.Longs> open, UnaryOperator<Bounds> bounds)
      implements Computation {}

  /** FLOAT, widened, and DOUBLE. */
  record OfDoubles(Scalar type, Function<FieldVector, Doubles> open, UnaryOperator<Bounds> bounds)
      implements Computation {}

  /** DECIMAL, and integers that do not fit into a BIGINT. */
  record OfDecimals(Scalar type, Function<FieldVector, Decimals> open, UnaryOperator<Bounds> bounds)
      implements Computation {}

  /** Texts in UTF-8, and bytes. */
  record OfBytes(Scalar type, Function<FieldVector, Bytes> open, UnaryOperator<Bounds> bounds)
      implements Computation {}

  /** Numbers by row. */
  interface Doubles {
    /** The number of a row. */
    double at(int row);
  }

  /** Unscaled 128-bit values by row. */
  interface Decimals {
    /** The upper half of a row's. */
    long high(int row);

    /** The lower half of a row's. */
    long low(int row);
  }

  /** Byte strings by row. */
  interface Bytes {
    /** The bytes of a row, which the caller does not change. */
    byte[] at(int row);
  }

  /** The values as they are. */
  static Computation of(Scalar type) {
    UnaryOperator<Bounds> same = bounds -> bounds;
    return switch (type.form()) {
      case BIT, INT8, INT16, INT32, INT64 -> new OfLongs(type, LongTest::longs, same);
      case FLOAT32, FLOAT64 -> new OfDoubles(type, Computation::doubles, same);
      case DECIMAL128 -> new OfDecimals(type, Computation::decimals, same);
      case FIXED_BYTES, BYTES -> new OfBytes(type, Computation::bytes, same);
      case VECTOR, LIST, MAP, STRUCT -> throw type.form().notScalar();
    };
  }

  /** Bounds of the input, and what {@code function} makes of them if they are known. */
  static UnaryOperator<Bounds> then(Computation input, UnaryOperator<Bounds> function) {
    return bounds -> {
      Bounds known = input.bounds().apply(bounds);
      return known == null ? null : function.apply(known);
    };
  }

  private static Doubles doubles(FieldVector vector) {
    ArrowBuf data = vector.getDataBuffer();
    return vector instanceof Float4Vector
        ? row -> data.getFloat((long) row << 2)
        : row -> data.getDouble((long) row << 3);
  }

  private static Decimals decimals(FieldVector vector) {
    ArrowBuf data = vector.getDataBuffer();
    return new Decimals() {
      @Override
      public long high(int row) {
        return data.getLong(row * 16L + 8);
      }

      @Override
      public long low(int row) {
        return data.getLong(row * 16L);
      }
    };
  }

  private static Bytes bytes(FieldVector vector) {
    ArrowBuf data = vector.getDataBuffer();
    if (vector instanceof FixedSizeBinaryVector fixed) {
      int width = fixed.getByteWidth();
      return row -> copy(data, (long) row * width, width);
    }
    ArrowBuf offsets = vector.getOffsetBuffer();
    return row -> {
      int start = offsets.getInt(4L * row);
      return copy(data, start, offsets.getInt(4L * row + 4) - start);
    };
  }

  private static byte[] copy(ArrowBuf data, long start, int length) {
    byte[] copy = new byte[length];
    data.getBytes(start, copy);
    return copy;
  }
}
