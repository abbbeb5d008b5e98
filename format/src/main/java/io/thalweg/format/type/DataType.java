package io.thalweg.format.type;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A column's type. Immutable; its {@code toString} is its text form. */
public sealed interface DataType {

  /** Deepest nesting that a table's type may have; a virtual table may put one ROW around it. */
  int MAX_DEPTH = 32;

  /** How many levels of types are below {@code type}; 0 for a scalar. */
  static int depth(DataType type) {
    return switch (type.shape()) {
      case SCALAR, VECTOR, VARIANT -> 0;
      case ARRAY -> 1 + depth(((Array) type).element);
      case MAP -> 1 + Math.max(depth(((Map) type).key), depth(((Map) type).value));
      case ROW ->
          1 + ((Row) type).fields.stream().mapToInt(field -> depth(field.type)).max().orElse(0);
    };
  }

  private static void checkDepth(DataType nested) {
    if (depth(nested) > MAX_DEPTH) {
      throw new IllegalArgumentException("a type is nested deeper than " + MAX_DEPTH);
    }
  }

  /** Longest name of a field, in bytes of UTF-8; new tables have a tighter limit. */
  int MAX_NAME_BYTES = 65_536;

  /** Whether a value may be null. */
  boolean nullable();

  /** The same type with other nullability. */
  DataType withNullable(boolean nullable);

  /** Which of the records below this type is. */
  Shape shape();

  /** The physical form of its values in memory and in files. */
  PhysicalForm form();

  /** The records that a type can be, to dispatch on with an exhaustive {@code switch}. */
  enum Shape {
    /** A {@link Scalar}. */
    SCALAR,
    /** A {@link Vector}. */
    VECTOR,
    /** A {@link Variant}. */
    VARIANT,
    /** An {@link Array}. */
    ARRAY,
    /** A {@link Map}. */
    MAP,
    /** A {@link Row}. */
    ROW
  }

  /**
   * A type without children.
   *
   * @param kind which
   * @param precision digits of DECIMAL (1–38), length of CHAR and BINARY (1–65,535), fractional
   *     digits of TIME, TIMESTAMP and TIMESTAMP_LTZ (0–9); otherwise 0
   * @param scale digits after the point of DECIMAL, 0 to precision; otherwise 0
   */
  record Scalar(Kind kind, int precision, int scale, boolean nullable) implements DataType {
    /** Checks the parameters' bounds. */
    public Scalar {
      if (precision < kind.minPrecision || precision > kind.maxPrecision) {
        throw new IllegalArgumentException(
            kind
                + "("
                + precision
                + ") is not a type; give a value from "
                + kind.minPrecision
                + " to "
                + kind.maxPrecision);
      }
      if (scale < 0 || scale > (kind == Kind.DECIMAL ? precision : 0)) {
        throw new IllegalArgumentException(
            kind
                + "("
                + precision
                + ", "
                + scale
                + ") is not a type; the scale is from 0 to the precision");
      }
    }

    @Override
    public DataType withNullable(boolean to) {
      return new Scalar(kind, precision, scale, to);
    }

    @Override
    public Shape shape() {
      return Shape.SCALAR;
    }

    @Override
    public PhysicalForm form() {
      return kind == Kind.TIME && precision <= 3 ? PhysicalForm.INT32 : kind.form;
    }

    @Override
    public String toString() {
      String parameters =
          kind == Kind.DECIMAL
              ? "(" + precision + ", " + scale + ")"
              : kind.maxPrecision > 0 ? "(" + precision + ")" : "";
      return kind + parameters + (nullable ? "" : " NOT NULL");
    }
  }

  /**
   * As many numbers as {@code length} says, none of them null: an embedding.
   *
   * @param elementId stable id of the numbers, 0 before a schema assigned it
   * @param element FLOAT, DOUBLE or TINYINT
   * @param length 1 to {@link #MAX_LENGTH}
   */
  record Vector(int elementId, Kind element, int length, boolean nullable) implements DataType {
    /** Most numbers of a vector. */
    public static final int MAX_LENGTH = 16_384;

    /** Checks the element and the length. */
    public Vector {
      boolean fits =
          switch (element) {
            case FLOAT, DOUBLE, TINYINT -> true;
            case BOOLEAN, SMALLINT, INT, BIGINT, DECIMAL -> false;
            case CHAR, STRING, BINARY, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
          };
      if (!fits || length < 1 || length > MAX_LENGTH) {
        throw new IllegalArgumentException(
            "VECTOR("
                + length
                + ", "
                + element
                + ") is not a type; give a length from 1 to "
                + MAX_LENGTH
                + " and FLOAT, DOUBLE or TINYINT");
      }
    }

    /** How many bytes a value takes. */
    public int width() {
      return length * elementWidth();
    }

    /** How many bytes one number takes. */
    public int elementWidth() {
      return element == Kind.FLOAT ? Float.BYTES : element == Kind.DOUBLE ? Double.BYTES : 1;
    }

    /** The type of its numbers. */
    public Scalar elementType() {
      return new Scalar(element, 0, 0, false);
    }

    @Override
    public DataType withNullable(boolean to) {
      return new Vector(elementId, element, length, to);
    }

    @Override
    public Shape shape() {
      return Shape.VECTOR;
    }

    @Override
    public PhysicalForm form() {
      return PhysicalForm.VECTOR;
    }

    @Override
    public String toString() {
      return "VECTOR("
          + length
          + (element == Kind.FLOAT ? "" : ", " + element)
          + ")"
          + (nullable ? "" : " NOT NULL");
    }
  }

  /** Anything that JSON can say: a value that brings its own type. */
  record Variant(boolean nullable) implements DataType {
    /** What its values are made of, in Parquet's encoding. */
    public static final Row STORAGE =
        new Row(
            List.of(
                new Field(0, "metadata", new Scalar(Kind.BYTES, 0, 0, false)),
                new Field(0, "value", new Scalar(Kind.BYTES, 0, 0, false))),
            true);

    @Override
    public DataType withNullable(boolean to) {
      return new Variant(to);
    }

    @Override
    public Shape shape() {
      return Shape.VARIANT;
    }

    @Override
    public PhysicalForm form() {
      return PhysicalForm.STRUCT;
    }

    @Override
    public String toString() {
      return "VARIANT" + (nullable ? "" : " NOT NULL");
    }
  }

  /**
   * A list of values of one type.
   *
   * @param elementId stable id of the element, 0 before a schema assigned it
   */
  record Array(int elementId, DataType element, boolean nullable) implements DataType {
    /** Checks the depth. */
    public Array {
      checkDepth(element);
    }

    @Override
    public DataType withNullable(boolean to) {
      return new Array(elementId, element, to);
    }

    @Override
    public Shape shape() {
      return Shape.ARRAY;
    }

    @Override
    public PhysicalForm form() {
      return PhysicalForm.LIST;
    }

    @Override
    public String toString() {
      return "ARRAY<" + element + ">" + (nullable ? "" : " NOT NULL");
    }
  }

  /**
   * Pairs of key and value; keys are NOT NULL.
   *
   * @param keyId stable id of the key, 0 before a schema assigned it
   * @param valueId stable id of the value, 0 before a schema assigned it
   */
  record Map(int keyId, DataType key, int valueId, DataType value, boolean nullable)
      implements DataType {
    /** Makes keys NOT NULL and checks the depth. */
    public Map {
      checkDepth(key);
      checkDepth(value);
      key = key.withNullable(false);
    }

    @Override
    public DataType withNullable(boolean to) {
      return new Map(keyId, key, valueId, value, to);
    }

    @Override
    public Shape shape() {
      return Shape.MAP;
    }

    @Override
    public PhysicalForm form() {
      return PhysicalForm.MAP;
    }

    @Override
    public String toString() {
      return "MAP<" + key.withNullable(true) + ", " + value + ">" + (nullable ? "" : " NOT NULL");
    }
  }

  /** Named fields, each with a type; at least one. */
  record Row(List<Field> fields, boolean nullable) implements DataType {
    /** Copies the list and checks that names are unique. */
    public Row {
      fields = List.copyOf(fields);
      fields.forEach(field -> checkDepth(field.type));
      if (fields.isEmpty()) {
        throw new IllegalArgumentException("a ROW needs at least one field");
      }
      if (fields.stream().map(Field::name).distinct().count() != fields.size()) {
        throw new IllegalArgumentException("a ROW has two fields with the same name: " + fields);
      }
    }

    @Override
    public DataType withNullable(boolean to) {
      return new Row(fields, to);
    }

    @Override
    public Shape shape() {
      return Shape.ROW;
    }

    @Override
    public PhysicalForm form() {
      return PhysicalForm.STRUCT;
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("ROW<");
      for (int i = 0; i < fields.size(); i++) {
        Field field = fields.get(i);
        text.append(i == 0 ? "" : ", ")
            .append(TypeText.quote(field.name()))
            .append(' ')
            .append(field.type());
        field
            .defaults()
            .write()
            .ifPresent(value -> text.append(" DEFAULT ").append(TypeText.string(value)));
      }
      return text.append('>').append(nullable ? "" : " NOT NULL").toString();
    }
  }

  /**
   * One field of a ROW, or a column of a parsed text.
   *
   * @param id stable id, 0 before a schema assigned it
   * @param defaults its values where none was written
   */
  record Field(int id, String name, DataType type, Defaults defaults) {
    /** A field that is null where none was written. */
    public Field(int id, String name, DataType type) {
      this(id, name, type, Defaults.NONE);
    }

    /** Checks that durable forms can hold the name. */
    public Field {
      boolean tooLong =
          name.length() > MAX_NAME_BYTES / 3
              && name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES;
      if (tooLong || !Utf8.carries(name)) {
        throw new ThalwegException(
            ErrorCode.INVALID_NAME,
            tooLong
                ? "a field's name has " + name.length() + " characters; shorten it"
                : "a field's name is not Unicode: it holds half of a surrogate pair");
      }
    }
  }

  /** The kinds of scalar types. Durable bytes hold the number; numbers are never reused. */
  enum Kind {
    BOOLEAN(1, PhysicalForm.BIT, 0, 0),
    TINYINT(2, PhysicalForm.INT8, 0, 0),
    SMALLINT(3, PhysicalForm.INT16, 0, 0),
    INT(4, PhysicalForm.INT32, 0, 0),
    BIGINT(5, PhysicalForm.INT64, 0, 0),
    FLOAT(6, PhysicalForm.FLOAT32, 0, 0),
    DOUBLE(7, PhysicalForm.FLOAT64, 0, 0),
    DECIMAL(8, PhysicalForm.DECIMAL128, 1, 38),
    CHAR(9, PhysicalForm.BYTES, 1, 65_535),
    STRING(10, PhysicalForm.BYTES, 0, 0),
    BINARY(11, PhysicalForm.FIXED_BYTES, 1, 65_535),
    BYTES(12, PhysicalForm.BYTES, 0, 0),
    DATE(13, PhysicalForm.INT32, 0, 0),
    /** INT32 up to milliseconds; see {@link Scalar#form}. */
    TIME(14, PhysicalForm.INT64, 0, 9),
    TIMESTAMP(15, PhysicalForm.INT64, 0, 9),
    TIMESTAMP_LTZ(16, PhysicalForm.INT64, 0, 9);

    private final int number;
    private final PhysicalForm form;
    private final int minPrecision;
    private final int maxPrecision;

    Kind(int number, PhysicalForm form, int minPrecision, int maxPrecision) {
      this.number = number;
      this.form = form;
      this.minPrecision = minPrecision;
      this.maxPrecision = maxPrecision;
    }

    /** The stable number. */
    public int number() {
      return number;
    }
  }

  /** A nullable scalar without parameters. */
  static Scalar of(Kind kind) {
    return new Scalar(kind, 0, 0, true);
  }

  /** A nullable scalar with one parameter. */
  static Scalar of(Kind kind, int precision) {
    return new Scalar(kind, precision, 0, true);
  }

  /** {@code DECIMAL(precision, scale)}, nullable. */
  static Scalar decimal(int precision, int scale) {
    return new Scalar(Kind.DECIMAL, precision, scale, true);
  }
}
