package io.thalweg.format.filter.value;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.VariantStats;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.TextValues;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.SharedVector;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.variant.ShreddedScalar;
import io.thalweg.format.variant.ShreddedType;
import io.thalweg.format.variant.VariantKind;
import io.thalweg.format.variant.VariantPath;
import io.thalweg.format.variant.VariantView;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * The values at one path of a column's variants, as values of one type; null where there is none or
 * the type does not hold it. Immutable; any thread.
 */
public record VariantField(VariantPath path, Scalar type) {
  /**
   * The values of the first {@code rows} variants, which the caller closes.
   *
   * @param column of variants, or of {@link ShreddedType#VALUE} and {@link
   *     ShreddedType#TYPED_VALUE} by the keys of paths; one in a null is not looked at
   */
  public FieldVector read(FieldVector column, int rows) {
    StructVector variants = (StructVector) column;
    if (variants.getChild(path.key()) instanceof StructVector own) {
      return own(variants, own, rows);
    }
    List<FieldVector> parts = variants.getChildrenFromFields();
    VarBinaryVector metadata = (VarBinaryVector) parts.get(0);
    VarBinaryVector values = (VarBinaryVector) parts.get(1);
    return make(
        column.getAllocator(),
        rows,
        (found, row) -> {
          // A variant's parts are not null, but those in a null around it may be.
          boolean there = !column.isNull(row) && !metadata.isNull(row) && !values.isNull(row);
          VariantView whole = there ? new VariantView(metadata.get(row), values.get(row)) : null;
          VariantView inside = there ? path.find(whole) : null;
          VectorWriter.write(found, row, type, inside == null ? null : value(inside));
        });
  }

  /** Writes the value of a row. */
  private interface ToRow {
    void write(FieldVector found, int row);
  }

  private FieldVector make(BufferAllocator allocator, int rows, ToRow each) {
    FieldVector found = ArrowTypes.toArrow("", type).createVector(allocator);
    try {
      found.setInitialCapacity(rows);
      found.allocateNew();
      for (int row = 0; row < rows; row++) {
        each.write(found, row);
      }
      found.setValueCount(rows);
      return found;
    } catch (RuntimeException | Error failure) {
      found.close();
      throw failure;
    }
  }

  /**
   * The values where the path has a column of its own.
   *
   * @param own what of the path has its type, and what has not
   */
  private FieldVector own(StructVector variants, StructVector own, int rows) {
    FieldVector typed = own.getChild(ShreddedType.TYPED_VALUE);
    VarBinaryVector metadata = (VarBinaryVector) variants.getChild(ShreddedType.METADATA);
    VarBinaryVector rest = (VarBinaryVector) own.getChild(ShreddedType.VALUE);
    Field field = ArrowTypes.toArrow("", type);
    boolean same = field.getType().equals(typed.getField().getType());
    if (same && rest == null) {
      return SharedVector.of(typed, field, 0, rows, variants.getAllocator());
    }
    return make(
        variants.getAllocator(),
        rows,
        (found, row) -> {
          if (same && !typed.isNull(row)) {
            found.copyFromSafe(row, row, typed);
            return;
          }
          VariantView inside = null;
          if (!typed.isNull(row)) {
            inside = ShreddedScalar.view(typed, row);
          } else if (rest != null && !rest.isNull(row)) {
            inside = new VariantView(metadata.get(row), rest.get(row));
          }
          VectorWriter.write(found, row, type, inside == null ? null : value(inside));
        });
  }

  /** Whether statistics of a path's values are those of what is read from it. */
  public boolean keeps(VariantStats stats) {
    if (stats.type().withNullable(true).equals(type.withNullable(true))) {
      return true;
    }
    long most =
        switch (type.kind()) {
          case TINYINT -> Byte.MAX_VALUE;
          case SMALLINT -> Short.MAX_VALUE;
          case INT -> Integer.MAX_VALUE;
          case BIGINT -> Long.MAX_VALUE;
          default -> -1;
        };
    boolean whole =
        switch (stats.type().kind()) {
          case TINYINT, SMALLINT, INT, BIGINT -> true;
          default -> false;
        };
    // Numbers that the type does not hold would become null.
    return whole
        && stats.stats().bounds().orElse(null) instanceof ColumnStats.Longs known
        && known.min() >= -most - 1
        && known.max() <= most
        && most > 0;
  }

  /** In the form that {@link VectorWriter} takes. */
  private Object value(VariantView view) {
    try {
      return isText(type.kind()) ? Exact.text(type, text(view)) : converted(view);
    } catch (Exact.Misfit misfit) {
      return null;
    }
  }

  private static boolean isText(Kind kind) {
    return kind == Kind.CHAR || kind == Kind.STRING;
  }

  private static byte[] text(VariantView view) throws Exact.Misfit {
    if (view.kind() == VariantKind.NULL) {
      throw new Exact.Misfit("JSON's null");
    }
    if (view.kind() == VariantKind.TEXT) {
      return view.asBytes();
    }
    try {
      return view.toText().getBytes(StandardCharsets.UTF_8);
    } catch (ThalwegException refused) {
      if (refused.code() == ErrorCode.TOO_LARGE) {
        throw new Exact.Misfit(refused.getMessage());
      }
      throw refused;
    }
  }

  private Object converted(VariantView view) throws Exact.Misfit {
    return switch (view.kind()) {
      case LONG -> number(BigDecimal.valueOf(view.asLong()));
      case DECIMAL -> number(view.asDecimal());
      case FLOAT, DOUBLE -> fraction(view.asDouble(), view.kind() == VariantKind.FLOAT);
      case TEXT -> TextValues.parse(type, view.asText());
      case BOOLEAN -> type.kind() == Kind.BOOLEAN ? (Object) view.asBoolean() : null;
      case DATE -> isMoment(type.kind()) ? Exact.day(type, view.asLong()) : null;
      case TIME ->
          type.kind() == Kind.TIME ? Exact.time(type, view.asLong(), TimeUnit.MICROSECOND) : null;
      case TIMESTAMP -> moment(view, Kind.TIMESTAMP, TimeUnit.MICROSECOND);
      case TIMESTAMP_NANOS -> moment(view, Kind.TIMESTAMP, TimeUnit.NANOSECOND);
      case INSTANT -> moment(view, Kind.TIMESTAMP_LTZ, TimeUnit.MICROSECOND);
      case INSTANT_NANOS -> moment(view, Kind.TIMESTAMP_LTZ, TimeUnit.NANOSECOND);
      case BINARY ->
          type.kind() == Kind.BYTES || type.kind() == Kind.BINARY
              ? Exact.bytes(type, view.asBytes())
              : null;
      case NULL, UUID, OBJECT, ARRAY -> null;
    };
  }

  private static boolean isMoment(Kind kind) {
    return kind == Kind.DATE || kind == Kind.TIMESTAMP;
  }

  private Object moment(VariantView view, Kind kind, TimeUnit unit) throws Exact.Misfit {
    return type.kind() == kind ? Exact.timestamp(type, view.asLong(), unit) : null;
  }

  private Object number(BigDecimal number) throws Exact.Misfit {
    return switch (type.kind()) {
      case FLOAT -> finite(number.floatValue());
      case DOUBLE -> finite(number.doubleValue());
      default -> Exact.number(type, number);
    };
  }

  private Object fraction(double number, boolean single) throws Exact.Misfit {
    return switch (type.kind()) {
      case FLOAT -> (double) (float) number;
      case DOUBLE -> number;
      default -> Exact.fraction(type, number, single);
    };
  }

  private static Object finite(double number) {
    return Double.isFinite(number) ? (Object) number : null;
  }
}
