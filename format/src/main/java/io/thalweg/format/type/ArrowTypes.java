package io.thalweg.format.type;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/** Maps types to Arrow fields and back. The package text has the table. */
public final class ArrowTypes {
  private static final String EXTENSION_NAME = "ARROW:extension:name";
  private static final String VARIANT = "arrow.parquet.variant";

  /** Says that a struct is a variant; its parameters are none. */
  private static final Map<String, String> VARIANT_EXTENSION =
      Map.of(EXTENSION_NAME, VARIANT, "ARROW:extension:metadata", "");

  private ArrowTypes() {}

  /** The Arrow field of a column. */
  public static Field toArrow(String name, DataType type) {
    return switch (type.shape()) {
      case SCALAR -> new Field(name, fieldType(scalarType((Scalar) type), type), null);
      case VECTOR -> {
        DataType.Vector vector = (DataType.Vector) type;
        yield new Field(
            name,
            fieldType(new ArrowType.FixedSizeList(vector.length()), type),
            List.of(toArrow("element", vector.elementType())));
      }
      case VARIANT ->
          new Field(
              name,
              new FieldType(type.nullable(), ArrowType.Struct.INSTANCE, null, VARIANT_EXTENSION),
              toArrow("", DataType.Variant.STORAGE).getChildren());
      case ARRAY ->
          new Field(
              name,
              fieldType(ArrowType.List.INSTANCE, type),
              List.of(toArrow("element", ((DataType.Array) type).element())));
      case MAP ->
          new Field(
              name,
              fieldType(new ArrowType.Map(false), type),
              List.of(entries((DataType.Map) type)));
      case ROW ->
          new Field(
              name,
              fieldType(ArrowType.Struct.INSTANCE, type),
              ((DataType.Row) type)
                  .fields().stream().map(field -> toArrow(field.name(), field.type())).toList());
    };
  }

  private static Field entries(DataType.Map map) {
    return new Field(
        MapVector.DATA_VECTOR_NAME,
        FieldType.notNullable(ArrowType.Struct.INSTANCE),
        List.of(
            toArrow(MapVector.KEY_NAME, map.key()), toArrow(MapVector.VALUE_NAME, map.value())));
  }

  /** The physical form of an Arrow type; a type that no table holds is refused. */
  public static PhysicalForm form(ArrowType type) {
    return switch (type.getTypeID()) {
      case Bool -> PhysicalForm.BIT;
      case Int ->
          switch (((ArrowType.Int) type).getBitWidth()) {
            case 8 -> PhysicalForm.INT8;
            case 16 -> PhysicalForm.INT16;
            case 32 -> PhysicalForm.INT32;
            default -> PhysicalForm.INT64;
          };
      case FloatingPoint ->
          ((ArrowType.FloatingPoint) type).getPrecision() == FloatingPointPrecision.SINGLE
              ? PhysicalForm.FLOAT32
              : PhysicalForm.FLOAT64;
      case Decimal -> PhysicalForm.DECIMAL128;
      case FixedSizeBinary -> PhysicalForm.FIXED_BYTES;
      case Utf8, Binary -> PhysicalForm.BYTES;
      case Date -> PhysicalForm.INT32;
      case Time ->
          ((ArrowType.Time) type).getBitWidth() == 32 ? PhysicalForm.INT32 : PhysicalForm.INT64;
      case Timestamp -> PhysicalForm.INT64;
      case FixedSizeList -> PhysicalForm.VECTOR;
      case List -> PhysicalForm.LIST;
      case Map -> PhysicalForm.MAP;
      case Struct -> PhysicalForm.STRUCT;
      default -> throw new IllegalArgumentException("no table holds the Arrow type " + type);
    };
  }

  private static FieldType fieldType(ArrowType arrow, DataType type) {
    return new FieldType(type.nullable(), arrow, null);
  }

  private static ArrowType scalarType(Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> ArrowType.Bool.INSTANCE;
      case TINYINT -> new ArrowType.Int(8, true);
      case SMALLINT -> new ArrowType.Int(16, true);
      case INT -> new ArrowType.Int(32, true);
      case BIGINT -> new ArrowType.Int(64, true);
      case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case DECIMAL -> new ArrowType.Decimal(type.precision(), type.scale(), 128);
      case CHAR, STRING -> ArrowType.Utf8.INSTANCE;
      case BINARY -> new ArrowType.FixedSizeBinary(type.precision());
      case BYTES -> ArrowType.Binary.INSTANCE;
      case DATE -> new ArrowType.Date(DateUnit.DAY);
      case TIME -> new ArrowType.Time(unit(type.precision()), type.precision() <= 3 ? 32 : 64);
      case TIMESTAMP -> new ArrowType.Timestamp(unit(type.precision()), null);
      case TIMESTAMP_LTZ -> new ArrowType.Timestamp(unit(type.precision()), "UTC");
    };
  }

  /** The Arrow unit that holds {@code precision} fractional digits of a second. */
  public static TimeUnit unit(int precision) {
    if (precision == 0) {
      return TimeUnit.SECOND;
    }
    if (precision <= 3) {
      return TimeUnit.MILLISECOND;
    }
    return precision <= 6 ? TimeUnit.MICROSECOND : TimeUnit.NANOSECOND;
  }

  private static int precision(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> 0;
      case MILLISECOND -> 3;
      case MICROSECOND -> 6;
      case NANOSECOND -> 9;
    };
  }

  /** The type of an Arrow field, ids 0; Arrow types without a counterpart are refused by name. */
  public static DataType fromArrow(Field field) {
    return fromArrow(field, 0);
  }

  private static DataType fromArrow(Field field, int depth) {
    if (depth > DataType.MAX_DEPTH) {
      throw new ThalwegException(
          ErrorCode.INVALID_SCHEMA, "types nested deeper than " + DataType.MAX_DEPTH);
    }
    try {
      return checkedFromArrow(field, depth);
    } catch (IllegalArgumentException outOfBounds) {
      throw unsupported(field, outOfBounds.getMessage());
    }
  }

  private static DataType checkedFromArrow(Field field, int depth) {
    if (field.getDictionary() != null) {
      throw unsupported(field, "send the values themselves instead of a dictionary");
    }
    ArrowType type = field.getType();
    boolean nullable = field.isNullable();
    switch (type.getTypeID()) {
      case List -> {
        return new DataType.Array(0, fromArrow(child(field, 0, 1), depth + 1), nullable);
      }
      case FixedSizeList -> {
        DataType element = fromArrow(child(field, 0, 1), depth + 1);
        if (!(element instanceof Scalar number)) {
          throw unsupported(field, "its items have to be numbers; send a list");
        }
        int length = ((ArrowType.FixedSizeList) type).getListSize();
        return new DataType.Vector(0, number.kind(), length, nullable);
      }
      case Map -> {
        Field entries = child(field, 0, 1);
        return new DataType.Map(
            0,
            fromArrow(child(entries, 0, 2), depth + 1),
            0,
            fromArrow(child(entries, 1, 2), depth + 1),
            nullable);
      }
      case Struct -> {
        if (isVariant(field)) {
          return new DataType.Variant(nullable);
        }
        List<DataType.Field> fields = new ArrayList<>();
        for (Field child : field.getChildren()) {
          fields.add(new DataType.Field(0, child.getName(), fromArrow(child, depth + 1)));
        }
        if (fields.isEmpty()) {
          throw unsupported(field, "a struct needs at least one field");
        }
        return new DataType.Row(fields, nullable);
      }
      default -> {
        return scalarFrom(field, type).withNullable(nullable);
      }
    }
  }

  /** Whether the field says that it is Arrow's extension type for variants. */
  public static boolean isVariant(Field field) {
    return VARIANT.equals(field.getMetadata().get(EXTENSION_NAME));
  }

  private static Field child(Field field, int index, int count) {
    if (field.getChildren().size() != count) {
      throw unsupported(field, "it needs " + count + " child field(s)");
    }
    return field.getChildren().get(index);
  }

  private static Scalar scalarFrom(Field field, ArrowType type) {
    if (type instanceof ArrowType.Bool) {
      return DataType.of(Kind.BOOLEAN);
    }
    if (type instanceof ArrowType.Int number && number.getIsSigned()) {
      return DataType.of(
          switch (number.getBitWidth()) {
            case 8 -> Kind.TINYINT;
            case 16 -> Kind.SMALLINT;
            case 32 -> Kind.INT;
            case 64 -> Kind.BIGINT;
            default -> throw unsupported(field, "integers have 8, 16, 32 or 64 bits");
          });
    }
    if (type instanceof ArrowType.FloatingPoint number
        && number.getPrecision() != FloatingPointPrecision.HALF) {
      return DataType.of(
          number.getPrecision() == FloatingPointPrecision.SINGLE ? Kind.FLOAT : Kind.DOUBLE);
    }
    if (type instanceof ArrowType.Decimal decimal
        && decimal.getBitWidth() == 128
        && decimal.getScale() >= 0
        && decimal.getScale() <= decimal.getPrecision()) {
      return DataType.decimal(decimal.getPrecision(), decimal.getScale());
    }
    if (type instanceof ArrowType.Utf8) {
      return DataType.of(Kind.STRING);
    }
    if (type instanceof ArrowType.Binary) {
      return DataType.of(Kind.BYTES);
    }
    if (type instanceof ArrowType.FixedSizeBinary binary
        && binary.getByteWidth() >= 1
        && binary.getByteWidth() <= 65_535) {
      return DataType.of(Kind.BINARY, binary.getByteWidth());
    }
    if (type instanceof ArrowType.Date date && date.getUnit() == DateUnit.DAY) {
      return DataType.of(Kind.DATE);
    }
    if (type instanceof ArrowType.Time time) {
      return DataType.of(Kind.TIME, precision(time.getUnit()));
    }
    if (type instanceof ArrowType.Timestamp timestamp) {
      return DataType.of(
          timestamp.getTimezone() == null ? Kind.TIMESTAMP : Kind.TIMESTAMP_LTZ,
          precision(timestamp.getUnit()));
    }
    throw unsupported(field, "cast it to a type of the table, see docs/types.md");
  }

  /**
   * Whether both have the same types at all levels. Compares names inside structs only, and never
   * nullability. A dictionary-encoded field never equals one that is not.
   */
  public static boolean same(Field given, Field wanted) {
    return same(given, wanted, false);
  }

  /** {@code entries}: both are a map's entries, whose names differ between writers. */
  private static boolean same(Field given, Field wanted, boolean entries) {
    if (!given.getType().equals(wanted.getType())
        || given.getDictionary() != null
        || given.getChildren().size() != wanted.getChildren().size()) {
      return false;
    }
    boolean struct = wanted.getType() instanceof ArrowType.Struct;
    for (int i = 0; i < wanted.getChildren().size(); i++) {
      Field givenChild = given.getChildren().get(i);
      Field wantedChild = wanted.getChildren().get(i);
      if (struct && !entries && !givenChild.getName().equals(wantedChild.getName())) {
        return false;
      }
      if (!same(givenChild, wantedChild, wanted.getType() instanceof ArrowType.Map)) {
        return false;
      }
    }
    return true;
  }

  /** A field's type with its children's, for messages. */
  public static String describe(Field field) {
    return field.getChildren().isEmpty()
        ? field.getType().toString()
        : field.getType()
            + " of "
            + field.getChildren().stream().map(ArrowTypes::describe).toList();
  }

  private static ThalwegException unsupported(Field field, String advice) {
    return new ThalwegException(
        ErrorCode.INVALID_SCHEMA,
        "column '"
            + field.getName()
            + "' has the Arrow type "
            + field.getType()
            + ", which no table can hold; "
            + advice);
  }
}
