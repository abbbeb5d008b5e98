package io.thalweg.format.variant;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;

/**
 * Moves one value from a variant into a vector of its own and back. A whole number comes back in
 * the fewest bytes, everything else as it was. Stateless; any thread.
 */
public final class ShreddedScalar {
  private static final byte[] NO_NAMES = VariantNames.encode(List.of());

  private ShreddedScalar() {}

  /** Puts a value at {@code row}; false, and nothing is put, where the type is not its own. */
  static boolean put(VariantView view, Scalar type, FieldVector vector, int row) {
    switch (view.kind()) {
      case LONG -> {
        return whole(view.asLong(), type.kind(), vector, row);
      }
      case DECIMAL -> {
        BigDecimal number = view.asDecimal();
        boolean fits =
            type.kind() == Kind.DECIMAL
                && number.scale() == type.scale()
                && number.precision() <= type.precision();
        if (fits) {
          ((DecimalVector) vector).setSafe(row, number);
        }
        return fits;
      }
      default -> {
        boolean fits = kindOf(type) == view.kind();
        if (fits) {
          same(view, vector, row);
        }
        return fits;
      }
    }
  }

  private static boolean whole(long number, Kind kind, FieldVector vector, int row) {
    switch (kind) {
      case TINYINT -> {
        if (number == (byte) number) {
          ((TinyIntVector) vector).setSafe(row, (byte) number);
          return true;
        }
      }
      case SMALLINT -> {
        if (number == (short) number) {
          ((SmallIntVector) vector).setSafe(row, (short) number);
          return true;
        }
      }
      case INT -> {
        if (number == (int) number) {
          ((IntVector) vector).setSafe(row, (int) number);
          return true;
        }
      }
      case BIGINT -> {
        ((BigIntVector) vector).setSafe(row, number);
        return true;
      }
      default -> {}
    }
    return false;
  }

  private static VariantKind kindOf(Scalar type) {
    boolean nanos = type.precision() == 9;
    return switch (type.kind()) {
      case BOOLEAN -> VariantKind.BOOLEAN;
      case TINYINT, SMALLINT, INT, BIGINT -> VariantKind.LONG;
      case FLOAT -> VariantKind.FLOAT;
      case DOUBLE -> VariantKind.DOUBLE;
      case DECIMAL -> VariantKind.DECIMAL;
      case CHAR, STRING -> VariantKind.TEXT;
      case BINARY, BYTES -> VariantKind.BINARY;
      case DATE -> VariantKind.DATE;
      case TIME -> VariantKind.TIME;
      case TIMESTAMP -> nanos ? VariantKind.TIMESTAMP_NANOS : VariantKind.TIMESTAMP;
      case TIMESTAMP_LTZ -> nanos ? VariantKind.INSTANT_NANOS : VariantKind.INSTANT;
    };
  }

  private static void same(VariantView view, FieldVector vector, int row) {
    switch (view.kind()) {
      case BOOLEAN -> ((BitVector) vector).setSafe(row, view.asBoolean() ? 1 : 0);
      case FLOAT -> ((Float4Vector) vector).setSafe(row, (float) view.asDouble());
      case DOUBLE -> ((Float8Vector) vector).setSafe(row, view.asDouble());
      case TEXT -> ((VarCharVector) vector).setSafe(row, view.asBytes());
      case BINARY -> ((VarBinaryVector) vector).setSafe(row, view.asBytes());
      case DATE -> ((DateDayVector) vector).setSafe(row, (int) view.asLong());
      case TIME -> ((TimeMicroVector) vector).setSafe(row, view.asLong());
      case TIMESTAMP, TIMESTAMP_NANOS, INSTANT, INSTANT_NANOS ->
          ((TimeStampVector) vector).setSafe(row, view.asLong());
      case NULL, LONG, DECIMAL, UUID, OBJECT, ARRAY ->
          throw new IllegalArgumentException(view.kind() + " has no vector of its own");
    }
  }

  /** The value at {@code row}, which is not null, as a variant. */
  public static VariantView view(FieldVector vector, int row) {
    VariantOutput out = new VariantOutput();
    write(vector, row, out);
    return new VariantView(NO_NAMES, out.toBytes());
  }

  /** Appends the value at {@code row}, which is not null; UNSUPPORTED where no variant has it. */
  static void write(FieldVector vector, int row, VariantOutput out) {
    switch (vector.getMinorType()) {
      case BIT -> out.primitive(((BitVector) vector).get(row) == 1 ? 1 : 2);
      case TINYINT -> out.whole(((TinyIntVector) vector).get(row));
      case SMALLINT -> out.whole(((SmallIntVector) vector).get(row));
      case INT -> out.whole(((IntVector) vector).get(row));
      case BIGINT -> out.whole(((BigIntVector) vector).get(row));
      case FLOAT4 -> {
        out.primitive(14);
        out.put(Float.floatToRawIntBits(((Float4Vector) vector).get(row)), Float.BYTES);
      }
      case FLOAT8 -> out.fraction(((Float8Vector) vector).get(row));
      case DECIMAL -> out.decimal(((DecimalVector) vector).getObject(row));
      case VARCHAR -> out.text(((VarCharVector) vector).get(row));
      case VARBINARY -> out.binary(((VarBinaryVector) vector).get(row));
      case DATEDAY -> number(11, ((DateDayVector) vector).get(row), Integer.BYTES, out);
      case TIMEMICRO -> number(17, ((TimeMicroVector) vector).get(row), Long.BYTES, out);
      case TIMESTAMPMICROTZ -> number(12, ((TimeStampVector) vector).get(row), Long.BYTES, out);
      case TIMESTAMPMICRO -> number(13, ((TimeStampVector) vector).get(row), Long.BYTES, out);
      case TIMESTAMPNANOTZ -> number(18, ((TimeStampVector) vector).get(row), Long.BYTES, out);
      case TIMESTAMPNANO -> number(19, ((TimeStampVector) vector).get(row), Long.BYTES, out);
      default ->
          throw new ThalwegException(
              ErrorCode.UNSUPPORTED,
              "a shredded variant has a part of a type that variants do not have: "
                  + vector.getField());
    }
  }

  private static void number(int type, long number, int width, VariantOutput out) {
    out.primitive(type);
    out.put(number, width);
  }
}
