package io.thalweg.format.cast;

import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntervalMonthDayNanoVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * The scalar Arrow types that can be cast to a table's types: says which cast to which, and
 * converts one value of a checked vector. Stateless; any thread.
 */
enum SourceValues {
  BOOLS {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) {
      return ((BitVector) from).get(at) != 0;
    }
  },
  WHOLES {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit {
      if (from instanceof UInt8Vector unsigned) {
        long bits = unsigned.get(at);
        return bits >= 0
            ? Exact.whole(type, bits)
            : Exact.number(type, new BigDecimal(new BigInteger(Long.toUnsignedString(bits))));
      }
      return Exact.whole(type, whole(from, at));
    }
  },
  FRACTIONS {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit {
      if (from instanceof Float8Vector numbers) {
        return Exact.fraction(type, numbers.get(at), false);
      }
      float number =
          from instanceof Float4Vector numbers
              ? numbers.get(at)
              : ((Float2Vector) from).getValueAsFloat(at);
      return Exact.fraction(type, number, true);
    }
  },
  DECIMALS {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit {
      return Exact.number(
          type,
          from instanceof DecimalVector decimals
              ? decimals.getObject(at)
              : ((Decimal256Vector) from).getObject(at));
    }
  },
  TEXTS {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit {
      return Exact.text(type, bytes(from, at));
    }
  },
  BINARIES {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit {
      return Exact.bytes(type, bytes(from, at));
    }
  },
  DATES {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit {
      return from instanceof DateDayVector days
          ? Exact.day(type, days.get(at))
          : Exact.timestamp(type, ((DateMilliVector) from).get(at), TimeUnit.MILLISECOND);
    }
  },
  TIMES {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit {
      ArrowType.Time time = (ArrowType.Time) given;
      ArrowBuf data = from.getDataBuffer();
      long value = time.getBitWidth() == 32 ? data.getInt(at * 4L) : data.getLong(at * 8L);
      return Exact.time(type, value, time.getUnit());
    }
  },
  STAMPS {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit {
      return stamp(from, at, given, type);
    }
  },
  ZONED_STAMPS {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit {
      return stamp(from, at, given, type);
    }
  },
  INT96 {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit {
      ArrowBuf data = from.getDataBuffer();
      long place = (long) at * IntervalMonthDayNanoVector.TYPE_WIDTH;
      long nanos = data.getLong(place);
      long day = data.getLong(place + Long.BYTES) / NANOS_PER_MILLI - JULIAN_DAY_OF_1970;
      long seconds = day * SECONDS_PER_DAY + Math.floorDiv(nanos, NANOS_PER_SECOND);
      return Exact.seconds(
          type,
          seconds,
          (int) Math.floorMod(nanos, NANOS_PER_SECOND),
          "an INT96 of day " + day + " since 1970");
    }
  },
  NULLS {
    @Override
    Object value(FieldVector from, int at, ArrowType given, Scalar type) {
      return null;
    }
  };

  private static final long JULIAN_DAY_OF_1970 = 2_440_588;
  private static final long SECONDS_PER_DAY = 86_400;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  /** One value that is not null, of a vector of the type {@code given}. */
  abstract Object value(FieldVector from, int at, ArrowType given, Scalar type) throws Exact.Misfit;

  /** Whether such values may become ones of {@code kind}. */
  boolean into(Kind kind) {
    if (this == NULLS) {
      return true;
    }
    return switch (kind) {
      case BOOLEAN -> this == BOOLS;
      case TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL ->
          this == WHOLES || this == FRACTIONS || this == DECIMALS;
      case CHAR, STRING -> this == TEXTS;
      case BINARY, BYTES -> this == BINARIES;
      case DATE -> this == DATES || this == STAMPS;
      case TIME -> this == TIMES;
      case TIMESTAMP -> this == DATES || this == STAMPS || this == INT96;
      case TIMESTAMP_LTZ -> this == ZONED_STAMPS || this == INT96;
    };
  }

  /** The constant for an Arrow type; null if no table type is like it. */
  static SourceValues of(ArrowType type, Cast.Intervals intervals) {
    return switch (type.getTypeID()) {
      case Bool -> BOOLS;
      case Int -> WHOLES;
      case FloatingPoint -> FRACTIONS;
      case Decimal -> DECIMALS;
      case Utf8, LargeUtf8, Utf8View -> TEXTS;
      case Binary, LargeBinary, BinaryView, FixedSizeBinary -> BINARIES;
      case Date -> DATES;
      case Time -> TIMES;
      case Timestamp -> ((ArrowType.Timestamp) type).getTimezone() == null ? STAMPS : ZONED_STAMPS;
      case Null -> NULLS;
      case Interval ->
          intervals == Cast.Intervals.INT96
                  && ((ArrowType.Interval) type).getUnit() == IntervalUnit.MONTH_DAY_NANO
              ? INT96
              : null;
      default -> null;
    };
  }

  /** A signed number, or an unsigned one of at most 32 bits. */
  static long whole(FieldVector from, int at) {
    if (from instanceof UInt1Vector small) {
      return small.get(at) & 0xFF;
    }
    if (from instanceof UInt2Vector small) {
      return small.get(at);
    }
    if (from instanceof UInt4Vector medium) {
      return medium.get(at) & 0xFFFF_FFFFL;
    }
    return ((BaseIntVector) from).getValueAsLong(at);
  }

  private static Object stamp(FieldVector from, int at, ArrowType given, Scalar type)
      throws Exact.Misfit {
    return Exact.timestamp(
        type, from.getDataBuffer().getLong(at * 8L), ((ArrowType.Timestamp) given).getUnit());
  }

  /** How many bytes a value of variable width has. */
  static long length(FieldVector from, int at) {
    if (from instanceof BaseVariableWidthViewVector) {
      return from.getDataBuffer().getInt(at * (long) BaseVariableWidthViewVector.ELEMENT_SIZE);
    }
    if (from instanceof BaseLargeVariableWidthVector) {
      ArrowBuf offsets = from.getOffsetBuffer();
      return offsets.getLong(at * 8L + 8) - offsets.getLong(at * 8L);
    }
    if (from instanceof BaseVariableWidthVector) {
      ArrowBuf offsets = from.getOffsetBuffer();
      return (long) offsets.getInt(at * 4L + 4) - offsets.getInt(at * 4L);
    }
    return from instanceof FixedSizeBinaryVector fixed ? fixed.getByteWidth() : 8;
  }

  private static byte[] bytes(FieldVector from, int at) {
    byte[] value = new byte[Math.toIntExact(length(from, at))];
    ArrowBuf data = from.getDataBuffer();
    if (from instanceof BaseVariableWidthViewVector views) {
      long view = at * (long) BaseVariableWidthViewVector.ELEMENT_SIZE;
      if (value.length <= BaseVariableWidthViewVector.INLINE_SIZE) {
        data.getBytes(view + 4, value);
      } else {
        views.getDataBuffers().get(data.getInt(view + 8)).getBytes(data.getInt(view + 12), value);
      }
    } else if (from instanceof BaseLargeVariableWidthVector) {
      data.getBytes(from.getOffsetBuffer().getLong(at * 8L), value);
    } else if (from instanceof BaseVariableWidthVector) {
      data.getBytes(from.getOffsetBuffer().getInt(at * 4L), value);
    } else {
      data.getBytes((long) at * value.length, value);
    }
    return value;
  }
}
