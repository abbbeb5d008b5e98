package io.thalweg.format.cast;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Finds the narrowest type of a table that holds every value of an Arrow field, so that {@link
 * Cast} takes them all: the field's own where tables have it, else a wider one. Stateless; any
 * thread.
 */
public final class HoldingType {
  private static final int MAX_DIGITS = 38;
  private static final int MAX_FIXED_BYTES = 65_535;

  private HoldingType() {}

  /** The type for a column of {@code field}; a field that no type holds is refused by its path. */
  public static DataType of(Field field) {
    return of(field.getName(), field, 0);
  }

  private static DataType of(String path, Field field, int depth) {
    if (depth > DataType.MAX_DEPTH) {
      throw refused(path, field, "it is nested deeper than " + DataType.MAX_DEPTH + " levels");
    }
    if (field.getDictionary() != null) {
      throw refused(path, field, "send the values themselves instead of a dictionary");
    }
    boolean nullable = field.isNullable();
    List<Field> children = field.getChildren();
    if (isVector(field) || ArrowTypes.isVariant(field)) {
      return ArrowTypes.fromArrow(field);
    }
    return switch (field.getType().getTypeID()) {
      case List, LargeList, FixedSizeList, ListView, LargeListView ->
          new DataType.Array(0, of(path + ".element", children.get(0), depth + 1), nullable);
      case Map -> {
        List<Field> pair = children.get(0).getChildren();
        yield new DataType.Map(
            0,
            of(path + ".key", pair.get(0), depth + 1).withNullable(false),
            0,
            of(path + ".value", pair.get(1), depth + 1),
            nullable);
      }
      case Struct -> row(path, field, depth);
      case Null -> DataType.of(Kind.STRING);
      default -> scalar(path, field).withNullable(nullable);
    };
  }

  /** Whether it has as many numbers in each row, and the field says that none of them is null. */
  private static boolean isVector(Field field) {
    if (!(field.getType() instanceof ArrowType.FixedSizeList list)
        || list.getListSize() < 1
        || list.getListSize() > DataType.Vector.MAX_LENGTH
        || field.getChildren().get(0).isNullable()) {
      return false;
    }
    ArrowType item = field.getChildren().get(0).getType();
    return (item instanceof ArrowType.FloatingPoint number
            && number.getPrecision() != FloatingPointPrecision.HALF)
        || (item instanceof ArrowType.Int whole
            && whole.getIsSigned()
            && whole.getBitWidth() == Byte.SIZE);
  }

  private static DataType row(String path, Field field, int depth) {
    List<DataType.Field> fields = new ArrayList<>();
    for (Field child : field.getChildren()) {
      String name = child.getName();
      fields.add(new DataType.Field(0, name, of(path + "." + name, child, depth + 1)));
    }
    if (fields.isEmpty()) {
      throw refused(path, field, "a ROW has at least one field; leave the column out");
    }
    return new DataType.Row(fields, field.isNullable());
  }

  private static Scalar scalar(String path, Field field) {
    ArrowType type = field.getType();
    if (type instanceof ArrowType.Int number && !number.getIsSigned()) {
      return switch (number.getBitWidth()) {
        case 8 -> DataType.of(Kind.SMALLINT);
        case 16 -> DataType.of(Kind.INT);
        case 32 -> DataType.of(Kind.BIGINT);
        default -> DataType.decimal(20, 0);
      };
    }
    if (type instanceof ArrowType.FloatingPoint number
        && number.getPrecision() == FloatingPointPrecision.HALF) {
      return DataType.of(Kind.FLOAT);
    }
    if (type instanceof ArrowType.Decimal decimal) {
      return decimal(path, field, decimal);
    }
    return switch (type.getTypeID()) {
      case LargeUtf8, Utf8View -> DataType.of(Kind.STRING);
      case LargeBinary, BinaryView -> DataType.of(Kind.BYTES);
      case FixedSizeBinary -> {
        int width = ((ArrowType.FixedSizeBinary) type).getByteWidth();
        yield width >= 1 && width <= MAX_FIXED_BYTES
            ? DataType.of(Kind.BINARY, width)
            : DataType.of(Kind.BYTES);
      }
      case Date -> DataType.of(Kind.DATE);
      case Interval, Duration ->
          throw refused(
              path,
              field,
              "it is a length of time; cast it to a number (its microseconds, for example) or to"
                  + " text");
      case Int, FloatingPoint, Bool, Utf8, Binary, Time, Timestamp -> own(field);
      default -> throw refused(path, field, "cast it to a type of docs/types.md, or to text");
    };
  }

  private static Scalar own(Field field) {
    return (Scalar) ArrowTypes.fromArrow(field);
  }

  private static Scalar decimal(String path, Field field, ArrowType.Decimal type) {
    int after = Math.max(0, type.getScale());
    int before = Math.max(0, type.getPrecision() - type.getScale());
    if (before + after > MAX_DIGITS) {
      throw refused(
          path,
          field,
          "a DECIMAL has at most "
              + MAX_DIGITS
              + " digits; cast it to one, or to text where its values have more");
    }
    return DataType.decimal(Math.max(1, before + after), after);
  }

  private static ThalwegException refused(String path, Field field, String advice) {
    return new ThalwegException(
        ErrorCode.INVALID_SCHEMA,
        "column '"
            + path
            + "' has the Arrow type "
            + ArrowTypes.describe(field)
            + ", which no table can hold: "
            + advice);
  }
}
