package io.thalweg.parquet.schema;

import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.variant.ShreddedType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.DateType;
import org.apache.parquet.format.DecimalType;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.IntType;
import org.apache.parquet.format.ListType;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.MapType;
import org.apache.parquet.format.MicroSeconds;
import org.apache.parquet.format.MilliSeconds;
import org.apache.parquet.format.NanoSeconds;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.StringType;
import org.apache.parquet.format.TimeType;
import org.apache.parquet.format.TimeUnit;
import org.apache.parquet.format.TimestampType;
import org.apache.parquet.format.Type;
import org.apache.parquet.format.VariantType;

/** Maps types to Parquet's physical and logical types and back. The package text has the table. */
public final class FileTypes {
  private static final int MILLIS = 3;
  private static final int MICROS = 6;
  private static final int NANOS = 9;

  private FileTypes() {}

  /**
   * The schema of a file with those columns, depth first.
   *
   * @param shredded how variants are split, by the id of their column
   */
  public static List<SchemaElement> elements(
      List<Column> columns, Map<Integer, ShreddedType> shredded) {
    List<SchemaElement> elements = new ArrayList<>();
    elements.add(new SchemaElement("table").setNum_children(columns.size()));
    for (Column column : columns) {
      ShreddedType split = shredded.get(column.id());
      if (split == null) {
        add(elements, column.name(), column.id(), column.type());
      } else {
        int at = elements.size();
        add(elements, column.name(), column.id(), split.storage(column.type().nullable()));
        elements.get(at).setLogicalType(variant());
      }
    }
    return elements;
  }

  private static LogicalType variant() {
    return LogicalType.VARIANT(new VariantType().setSpecification_version((byte) 1));
  }

  private static void add(List<SchemaElement> elements, String name, int id, DataType type) {
    SchemaElement element =
        new SchemaElement(name).setRepetition_type(FileSchema.repetition(type.nullable()));
    if (id > 0) {
      element.setField_id(id);
    }
    elements.add(element);
    switch (type.shape()) {
      case SCALAR -> annotate(element, (Scalar) type);
      case VECTOR -> {
        DataType.Vector vector = (DataType.Vector) type;
        addList(elements, element, vector.elementId(), vector.elementType());
      }
      case VARIANT -> {
        element.setLogicalType(variant());
        element.setNum_children(DataType.Variant.STORAGE.fields().size());
        for (DataType.Field field : DataType.Variant.STORAGE.fields()) {
          add(elements, field.name(), 0, field.type());
        }
      }
      case ARRAY -> {
        DataType.Array array = (DataType.Array) type;
        addList(elements, element, array.elementId(), array.element());
      }
      case MAP -> addMap(elements, element, (DataType.Map) type);
      case ROW -> {
        DataType.Row row = (DataType.Row) type;
        element.setNum_children(row.fields().size());
        for (DataType.Field field : row.fields()) {
          add(elements, field.name(), field.id(), field.type());
        }
      }
    }
  }

  private static void addList(
      List<SchemaElement> elements, SchemaElement element, int id, DataType type) {
    element.setNum_children(1).setConverted_type(ConvertedType.LIST);
    element.setLogicalType(LogicalType.LIST(new ListType()));
    elements.add(repeated("list", 1));
    add(elements, "element", id, type);
  }

  private static void addMap(
      List<SchemaElement> elements, SchemaElement element, DataType.Map map) {
    element.setNum_children(1).setConverted_type(ConvertedType.MAP);
    element.setLogicalType(LogicalType.MAP(new MapType()));
    elements.add(repeated("key_value", 2));
    add(elements, "key", map.keyId(), map.key());
    add(elements, "value", map.valueId(), map.value());
  }

  private static SchemaElement repeated(String name, int children) {
    return new SchemaElement(name)
        .setRepetition_type(FieldRepetitionType.REPEATED)
        .setNum_children(children);
  }

  /** The physical type that holds a scalar. */
  public static Type physical(Scalar type) {
    return switch (type.form()) {
      case BIT -> Type.BOOLEAN;
      case INT8, INT16, INT32 -> Type.INT32;
      case INT64 -> Type.INT64;
      case FLOAT32 -> Type.FLOAT;
      case FLOAT64 -> Type.DOUBLE;
      case DECIMAL128 ->
          type.precision() <= 9
              ? Type.INT32
              : type.precision() <= 18 ? Type.INT64 : Type.FIXED_LEN_BYTE_ARRAY;
      case BYTES -> Type.BYTE_ARRAY;
      case FIXED_BYTES -> Type.FIXED_LEN_BYTE_ARRAY;
      case VECTOR, LIST, MAP, STRUCT -> throw type.form().notScalar();
    };
  }

  /** Bytes that an unscaled decimal of {@code precision} digits takes. */
  public static int decimalBytes(int precision) {
    return BigInteger.TEN.pow(precision).subtract(BigInteger.ONE).bitLength() / Byte.SIZE + 1;
  }

  private static void annotate(SchemaElement element, Scalar type) {
    element.setType(physical(type));
    switch (type.kind()) {
      case TINYINT -> integer(element, 8, ConvertedType.INT_8);
      case SMALLINT -> integer(element, 16, ConvertedType.INT_16);
      case CHAR, STRING ->
          element
              .setConverted_type(ConvertedType.UTF8)
              .setLogicalType(LogicalType.STRING(new StringType()));
      case DECIMAL -> {
        element.setConverted_type(ConvertedType.DECIMAL);
        element.setPrecision(type.precision()).setScale(type.scale());
        element.setLogicalType(
            LogicalType.DECIMAL(new DecimalType(type.scale(), type.precision())));
        if (element.getType() == Type.FIXED_LEN_BYTE_ARRAY) {
          element.setType_length(decimalBytes(type.precision()));
        }
      }
      case BINARY -> element.setType_length(type.precision());
      case DATE ->
          element
              .setConverted_type(ConvertedType.DATE)
              .setLogicalType(LogicalType.DATE(new DateType()));
      case TIME ->
          element.setLogicalType(LogicalType.TIME(new TimeType(false, unit(type.precision()))));
      case TIMESTAMP, TIMESTAMP_LTZ -> {
        boolean utc = type.kind() == Kind.TIMESTAMP_LTZ;
        element.setLogicalType(
            LogicalType.TIMESTAMP(new TimestampType(utc, unit(type.precision()))));
        // The old annotation means an instant, which a local time is not.
        if (utc && type.precision() <= MICROS) {
          element.setConverted_type(
              type.precision() <= MILLIS
                  ? ConvertedType.TIMESTAMP_MILLIS
                  : ConvertedType.TIMESTAMP_MICROS);
        }
      }
      case BOOLEAN, INT, BIGINT, FLOAT, DOUBLE, BYTES -> {}
    }
  }

  private static void integer(SchemaElement element, int bits, ConvertedType converted) {
    element
        .setConverted_type(converted)
        .setLogicalType(LogicalType.INTEGER(new IntType((byte) bits, true)));
  }

  private static TimeUnit unit(int precision) {
    if (precision <= MILLIS) {
      return TimeUnit.MILLIS(new MilliSeconds());
    }
    return precision <= MICROS
        ? TimeUnit.MICROS(new MicroSeconds())
        : TimeUnit.NANOS(new NanoSeconds());
  }

  /** Whether Arrow counts seconds where Parquet, which has no such unit, counts milliseconds. */
  public static boolean inSeconds(Scalar type) {
    return type.precision() == 0
        && switch (type.kind()) {
          case TIME, TIMESTAMP, TIMESTAMP_LTZ -> true;
          case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL -> false;
          case CHAR, STRING, BINARY, BYTES, DATE -> false;
        };
  }

  /** The type of a leaf, nullable; empty where no column can have it. */
  public static Optional<Scalar> scalar(SchemaElement element) {
    LogicalType logical = element.getLogicalType();
    ConvertedType converted = element.getConverted_type();
    return switch (element.getType()) {
      case BOOLEAN -> plain(logical, converted, Kind.BOOLEAN);
      case FLOAT -> plain(logical, converted, Kind.FLOAT);
      case DOUBLE -> plain(logical, converted, Kind.DOUBLE);
      case INT32 -> int32(element);
      case INT64 -> int64(element);
      case BYTE_ARRAY -> bytes(logical, converted);
      case FIXED_LEN_BYTE_ARRAY -> fixed(element);
      case INT96 -> Optional.empty();
    };
  }

  private static Optional<Scalar> plain(LogicalType logical, ConvertedType converted, Kind kind) {
    return logical == null && converted == null ? Optional.of(DataType.of(kind)) : Optional.empty();
  }

  private static Optional<Scalar> int32(SchemaElement element) {
    LogicalType logical = element.getLogicalType();
    ConvertedType converted = element.getConverted_type();
    if (logical != null && logical.isSetINTEGER()) {
      return integer(logical.getINTEGER());
    }
    if (converted == ConvertedType.DECIMAL) {
      return decimal(element, 9);
    }
    if (converted == ConvertedType.DATE || (logical != null && logical.isSetDATE())) {
      return Optional.of(DataType.of(Kind.DATE));
    }
    if (converted == ConvertedType.TIME_MILLIS || (logical != null && logical.isSetTIME())) {
      return Optional.of(DataType.of(Kind.TIME, MILLIS));
    }
    if (logical != null) {
      return logical.isSetDECIMAL() ? decimal(element, 9) : Optional.empty();
    }
    if (converted == null || converted == ConvertedType.INT_32) {
      return Optional.of(DataType.of(Kind.INT));
    }
    return switch (converted) {
      case INT_8 -> Optional.of(DataType.of(Kind.TINYINT));
      case INT_16 -> Optional.of(DataType.of(Kind.SMALLINT));
      default -> Optional.empty();
    };
  }

  private static Optional<Scalar> integer(IntType type) {
    if (!type.isIsSigned()) {
      return Optional.empty();
    }
    return switch (type.getBitWidth()) {
      case 8 -> Optional.of(DataType.of(Kind.TINYINT));
      case 16 -> Optional.of(DataType.of(Kind.SMALLINT));
      case 32 -> Optional.of(DataType.of(Kind.INT));
      case 64 -> Optional.of(DataType.of(Kind.BIGINT));
      default -> Optional.empty();
    };
  }

  private static Optional<Scalar> int64(SchemaElement element) {
    LogicalType logical = element.getLogicalType();
    ConvertedType converted = element.getConverted_type();
    if (logical != null && logical.isSetINTEGER()) {
      return integer(logical.getINTEGER());
    }
    if (logical != null && logical.isSetTIMESTAMP()) {
      TimestampType type = logical.getTIMESTAMP();
      Kind kind = type.isIsAdjustedToUTC() ? Kind.TIMESTAMP_LTZ : Kind.TIMESTAMP;
      return digits(type.getUnit()).map(digits -> DataType.of(kind, digits));
    }
    if (logical != null && logical.isSetTIME()) {
      return digits(logical.getTIME().getUnit()).map(digits -> DataType.of(Kind.TIME, digits));
    }
    if (converted == ConvertedType.DECIMAL || (logical != null && logical.isSetDECIMAL())) {
      return decimal(element, 18);
    }
    if (logical != null) {
      return Optional.empty();
    }
    if (converted == null || converted == ConvertedType.INT_64) {
      return Optional.of(DataType.of(Kind.BIGINT));
    }
    return switch (converted) {
      case TIME_MICROS -> Optional.of(DataType.of(Kind.TIME, MICROS));
      case TIMESTAMP_MILLIS -> Optional.of(DataType.of(Kind.TIMESTAMP_LTZ, MILLIS));
      case TIMESTAMP_MICROS -> Optional.of(DataType.of(Kind.TIMESTAMP_LTZ, MICROS));
      default -> Optional.empty();
    };
  }

  private static Optional<Integer> digits(TimeUnit unit) {
    if (unit.isSetMILLIS()) {
      return Optional.of(MILLIS);
    }
    return unit.isSetMICROS()
        ? Optional.of(MICROS)
        : unit.isSetNANOS() ? Optional.of(NANOS) : Optional.empty();
  }

  private static Optional<Scalar> bytes(LogicalType logical, ConvertedType converted) {
    if (converted == ConvertedType.UTF8 || (logical != null && logical.isSetSTRING())) {
      return Optional.of(DataType.of(Kind.STRING));
    }
    return plain(logical, converted, Kind.BYTES);
  }

  private static Optional<Scalar> fixed(SchemaElement element) {
    LogicalType logical = element.getLogicalType();
    int length = element.getType_length();
    if (element.getConverted_type() == ConvertedType.DECIMAL
        || (logical != null && logical.isSetDECIMAL())) {
      return length >= 1 && length <= 16 ? decimal(element, 38) : Optional.empty();
    }
    boolean binary =
        element.getConverted_type() == null && (logical == null || logical.isSetUUID());
    return binary && length >= 1 && length <= 65_535
        ? Optional.of(DataType.of(Kind.BINARY, length))
        : Optional.empty();
  }

  private static Optional<Scalar> decimal(SchemaElement element, int most) {
    LogicalType logical = element.getLogicalType();
    boolean is = logical != null && logical.isSetDECIMAL();
    int precision = is ? logical.getDECIMAL().getPrecision() : element.getPrecision();
    int scale = is ? logical.getDECIMAL().getScale() : element.getScale();
    return precision >= 1 && precision <= most && scale >= 0 && scale <= precision
        ? Optional.of(DataType.decimal(precision, scale))
        : Optional.empty();
  }
}
