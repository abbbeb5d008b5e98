package io.thalweg.format.projection;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.PhysicalForm;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Reads the values of one scalar type as a wider one, a whole vector at a time. Stateless; any
 * thread.
 */
final class Widen {
  private static final long SECONDS_PER_DAY = 86_400;

  private Widen() {}

  /** Whether vectors of both types have the same buffers. */
  static boolean sameBytes(Scalar from, Scalar to) {
    if (from.form() != to.form()) {
      return false;
    }
    return switch (from.form()) {
      case FIXED_BYTES -> from.precision() == to.precision();
      case DECIMAL128 -> from.scale() == to.scale();
      case BIT, INT8, INT16, FLOAT32, FLOAT64, BYTES -> true;
      case INT32, INT64 -> from.kind() == to.kind() && factor(from, to) == 1;
      case VECTOR, LIST, MAP, STRUCT -> throw from.form().notScalar();
    };
  }

  /** By how much a number of {@code from} is multiplied to be one of {@code to}. */
  private static long factor(Scalar from, Scalar to) {
    return switch (from.kind()) {
      case DATE -> to.kind() == Kind.DATE ? 1 : SECONDS_PER_DAY * perSecond(to);
      case TIME, TIMESTAMP, TIMESTAMP_LTZ -> perSecond(to) / perSecond(from);
      case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL -> 1;
      case CHAR, STRING, BINARY, BYTES -> 1;
    };
  }

  private static long perSecond(Scalar type) {
    TimeUnit unit = ArrowTypes.unit(type.precision());
    return switch (unit) {
      case SECOND -> 1;
      case MILLISECOND -> 1_000;
      case MICROSECOND -> 1_000_000;
      case NANOSECOND -> 1_000_000_000;
    };
  }

  /**
   * A vector of the wider type. The caller closes both.
   *
   * @throws ThalwegException SCHEMA_MISMATCH for a time that the wider type cannot hold
   */
  static FieldVector apply(
      FieldVector from, Scalar given, Scalar wanted, Field field, BufferAllocator allocator) {
    FieldVector to = field.createVector(allocator);
    try {
      if (given.form() == PhysicalForm.FIXED_BYTES) {
        copyBytes((FixedSizeBinaryVector) from, (VarBinaryVector) to);
      } else {
        copyNumbers((BaseFixedWidthVector) from, given, wanted, (BaseFixedWidthVector) to);
      }
      return to;
    } catch (RuntimeException | Error failure) {
      to.close();
      throw failure;
    }
  }

  /** Statistics of the narrower type as ones of the wider. */
  static ColumnStats bounds(Scalar from, Scalar to, ColumnStats stats) {
    if (stats.bounds().isEmpty() || !(stats.bounds().get() instanceof ColumnStats.Longs longs)) {
      return stats;
    }
    long factor = factor(from, to);
    try {
      return new ColumnStats(
          stats.columnId(),
          stats.nullCount(),
          Optional.of(
              new ColumnStats.Longs(
                  Math.multiplyExact(longs.min(), factor),
                  Math.multiplyExact(longs.max(), factor))));
    } catch (ArithmeticException beyond) {
      return new ColumnStats(stats.columnId(), stats.nullCount(), Optional.empty());
    }
  }

  private static void copyBytes(FixedSizeBinaryVector from, VarBinaryVector to) {
    int width = from.getByteWidth();
    int rows = from.getValueCount();
    to.allocateNew((long) width * rows, rows);
    for (int row = 0; row < rows; row++) {
      if (from.isNull(row)) {
        to.setNull(row);
      } else {
        to.setSafe(row, from.get(row));
      }
    }
    to.setValueCount(rows);
  }

  private static void copyNumbers(
      BaseFixedWidthVector from, Scalar given, Scalar wanted, BaseFixedWidthVector to) {
    int rows = from.getValueCount();
    ArrowBuf in = from.getDataBuffer();
    int wide = to.getTypeWidth();
    try (ArrowBuf out = to.getAllocator().buffer((long) rows * wide)) {
      out.writerIndex((long) rows * wide);
      if (given.form() == PhysicalForm.FLOAT32) {
        for (int row = 0; row < rows; row++) {
          out.setDouble(row * 8L, in.getFloat(row * 4L));
        }
      } else {
        long factor = factor(given, wanted);
        int narrow = from.getTypeWidth();
        for (int row = 0; row < rows; row++) {
          long value = number(in, row, narrow);
          long product = value * factor;
          if (Math.multiplyHigh(value, factor) != product >> 63 && !from.isNull(row)) {
            throw tooFar(from.getName(), value, given, wanted);
          }
          put(out, row, wide, product);
        }
      }
      ArrowBuf validity = from.getValidityBuffer();
      to.loadFieldBuffers(new ArrowFieldNode(rows, from.getNullCount()), List.of(validity, out));
    }
  }

  private static long number(ArrowBuf in, int row, int width) {
    return switch (width) {
      case 1 -> in.getByte(row);
      case 2 -> in.getShort(row * 2L);
      case 4 -> in.getInt(row * 4L);
      default -> in.getLong(row * 8L);
    };
  }

  private static void put(ArrowBuf out, int row, int width, long value) {
    switch (width) {
      case 2 -> out.setShort(row * 2L, (int) value);
      case 4 -> out.setInt(row * 4L, (int) value);
      default -> out.setLong(row * 8L, value);
    }
  }

  private static ThalwegException tooFar(String column, long value, DataType from, DataType to) {
    return new ThalwegException(
        ErrorCode.SCHEMA_MISMATCH,
        "column '"
            + column
            + "' has the value "
            + value
            + " of its former type "
            + from.withNullable(true)
            + ", which "
            + to.withNullable(true)
            + " cannot hold; filter such rows out");
  }
}
