package io.thalweg.client;

import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.MapEntries;
import io.thalweg.format.cast.VectorNumbers;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.Utf8;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.variant.Variant;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Checks a value against a column's type and converts it to the only form that {@link VectorWriter}
 * takes: {@code Boolean}, {@code Long} (whole numbers; dates, times and timestamps in their Arrow
 * unit), {@code Double}, {@code BigDecimal}, {@code byte[]}, {@code float[]}, {@code double[]} or
 * {@code byte[]} (vectors), {@link Variant}, {@code List} (arrays, rows), {@code Map}. Counts about
 * how many bytes the values take. One thread.
 */
final class ValueCheck {
  private long bytes;

  /** About how many bytes the values checked so far take. */
  long bytes() {
    return bytes;
  }

  /** Checks one value; {@code path} names it in errors. */
  Object check(String path, DataType type, Object value) {
    if (value == null) {
      if (!type.nullable()) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE, "column '" + path + "' is NOT NULL and the value is null");
      }
      bytes += 8;
      return null;
    }
    return switch (type.shape()) {
      case SCALAR -> {
        Object checked = scalar(path, (DataType.Scalar) type, value);
        bytes += checked instanceof byte[] text ? text.length + 4 : 8;
        yield checked;
      }
      case VECTOR -> vector(path, (DataType.Vector) type, value);
      case VARIANT -> variant(path, type, value);
      case ARRAY -> array(path, (DataType.Array) type, value);
      case MAP -> map(path, (DataType.Map) type, value);
      case ROW -> row(path, (DataType.Row) type, value);
    };
  }

  private Object variant(String path, DataType type, Object value) {
    if (!(value instanceof Variant variant)) {
      throw wrong(path, type, value, "a Variant, as from Variant.parse(json)");
    }
    bytes += variant.size() + 8L;
    return variant;
  }

  private Object vector(String path, DataType.Vector type, Object value) {
    bytes += type.width();
    boolean own =
        switch (type.element()) {
          case FLOAT -> value instanceof float[] floats && floats.length == type.length();
          case DOUBLE -> value instanceof double[] doubles && doubles.length == type.length();
          default -> value instanceof byte[] small && small.length == type.length();
        };
    return own ? value : numbers(path, type, value);
  }

  private static Object numbers(String path, DataType.Vector type, Object value) {
    List<?> given = isArray(value) ? boxed(value) : list(value);
    if (given == null) {
      throw wrong(path, type, value, "an array of its numbers or a List of Numbers");
    }
    VectorNumbers numbers = new VectorNumbers(type);
    for (Object each : given) {
      if (each == null) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE, "column '" + path + "' is " + type + ", and a number is null");
      }
      numbers.add((Number) scalar(path + ".element", type.elementType(), each));
    }
    try {
      return numbers.value();
    } catch (Exact.Misfit misfit) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH, "column '" + path + "': " + misfit.getMessage());
    }
  }

  private static boolean isArray(Object value) {
    return value.getClass().isArray() && value.getClass().getComponentType().isPrimitive();
  }

  private static List<?> boxed(Object array) {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < Array.getLength(array); i++) {
      all.add(Array.get(array, i));
    }
    return all;
  }

  private Object array(String path, DataType.Array type, Object value) {
    List<?> elements = list(value);
    if (elements == null) {
      throw wrong(path, type, value, "a List or Object[]");
    }
    bytes += 4;
    List<Object> checked = new ArrayList<>(elements.size());
    for (Object element : elements) {
      checked.add(check(path + ".element", type.element(), element));
    }
    return checked;
  }

  private Object map(String path, DataType.Map type, Object value) {
    if (!(value instanceof Map<?, ?> entries)) {
      throw wrong(path, type, value, "a Map");
    }
    bytes += 4;
    MapEntries checked = new MapEntries();
    entries.forEach(
        (key, mapped) ->
            checked.add(
                check(path + ".key", type.key(), key),
                check(path + ".value", type.value(), mapped)));
    return checked;
  }

  private Object row(String path, DataType.Row type, Object value) {
    List<Object> fields = new ArrayList<>();
    List<?> given = list(value);
    if (value instanceof Map<?, ?> byName) {
      for (Object name : byName.keySet()) {
        if (type.fields().stream().noneMatch(field -> field.name().equals(name))) {
          throw new ThalwegException(
              ErrorCode.SCHEMA_MISMATCH, "column '" + path + "' has no field '" + name + "'");
        }
      }
      List<Object> inOrder = new ArrayList<>();
      type.fields().forEach(field -> inOrder.add(byName.get(field.name())));
      given = inOrder;
    }
    if (given == null || given.size() != type.fields().size()) {
      throw wrong(path, type, value, "a List or Object[] of its fields, or a Map by name");
    }
    for (int i = 0; i < given.size(); i++) {
      DataType.Field field = type.fields().get(i);
      fields.add(check(path + "." + field.name(), field.type(), given.get(i)));
    }
    return fields;
  }

  private static List<?> list(Object value) {
    if (value instanceof Row row) {
      return row.values();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    return value instanceof Object[] array ? Arrays.asList(array) : null;
  }

  private static Object scalar(String path, DataType.Scalar type, Object value) {
    Object checked =
        switch (type.kind()) {
          case BOOLEAN -> value instanceof Boolean ? value : null;
          case TINYINT -> whole(path, type, value, Byte.MIN_VALUE, Byte.MAX_VALUE);
          case SMALLINT -> whole(path, type, value, Short.MIN_VALUE, Short.MAX_VALUE);
          case INT -> whole(path, type, value, Integer.MIN_VALUE, Integer.MAX_VALUE);
          case BIGINT -> whole(path, type, value, Long.MIN_VALUE, Long.MAX_VALUE);
          case FLOAT, DOUBLE ->
              value instanceof Number number ? (Object) number.doubleValue() : null;
          case DECIMAL -> decimal(path, type, value);
          case CHAR, STRING -> text(path, type, value);
          case BINARY, BYTES -> binary(path, type, value);
          case DATE -> value instanceof LocalDate date ? (Object) date.toEpochDay() : null;
          case TIME ->
              value instanceof LocalTime time
                  ? (Object) (time.toNanoOfDay() / nanosPerUnit(type))
                  : null;
          case TIMESTAMP ->
              value instanceof LocalDateTime at
                  ? units(path, type, at.toInstant(ZoneOffset.UTC))
                  : null;
          case TIMESTAMP_LTZ -> value instanceof Instant at ? units(path, type, at) : null;
        };
    if (checked == null) {
      throw wrong(path, type, value, wanted(type.kind()));
    }
    return checked;
  }

  private static String wanted(Kind kind) {
    return switch (kind) {
      case BOOLEAN -> "a Boolean";
      case TINYINT, SMALLINT, INT, BIGINT -> "a whole number";
      case FLOAT, DOUBLE -> "a Number";
      case DECIMAL -> "a BigDecimal or a whole number";
      case CHAR, STRING -> "a String";
      case BINARY, BYTES -> "a byte[] or ByteBuffer";
      case DATE -> "a LocalDate";
      case TIME -> "a LocalTime";
      case TIMESTAMP -> "a LocalDateTime";
      case TIMESTAMP_LTZ -> "an Instant";
    };
  }

  private static Object whole(
      String path, DataType.Scalar type, Object value, long least, long greatest) {
    if (value instanceof BigInteger big && big.bitLength() < 64) {
      return whole(path, type, big.longValue(), least, greatest);
    }
    if (!(value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte)) {
      return null;
    }
    long number = ((Number) value).longValue();
    if (number < least || number > greatest) {
      throw wrong(path, type, value, "a number from " + least + " to " + greatest);
    }
    return number;
  }

  private static Object decimal(String path, DataType.Scalar type, Object value) {
    BigDecimal decimal;
    if (value instanceof BigDecimal given) {
      decimal = given;
    } else if (value instanceof BigInteger given) {
      decimal = new BigDecimal(given);
    } else if (value instanceof Long || value instanceof Integer || value instanceof Short) {
      decimal = BigDecimal.valueOf(((Number) value).longValue());
    } else {
      return null;
    }
    try {
      BigDecimal scaled = decimal.setScale(type.scale());
      if (scaled.precision() <= type.precision()) {
        return scaled;
      }
    } catch (ArithmeticException tooFine) {
      // The refusal below says so.
    }
    throw wrong(path, type, value, "a value that fits without rounding");
  }

  private static Object text(String path, DataType.Scalar type, Object value) {
    if (!(value instanceof CharSequence text)) {
      return null;
    }
    String string = text.toString();
    if (type.kind() == Kind.CHAR && string.codePointCount(0, string.length()) > type.precision()) {
      throw wrong(path, type, value, "at most " + type.precision() + " characters");
    }
    try {
      return Utf8.bytes(string);
    } catch (Utf8.Malformed half) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH, "column '" + path + "' is " + type + ": " + half.getMessage());
    }
  }

  private static Object binary(String path, DataType.Scalar type, Object value) {
    byte[] bytes;
    if (value instanceof byte[] given) {
      bytes = given;
    } else if (value instanceof ByteBuffer given) {
      bytes = new byte[given.remaining()];
      given.duplicate().get(bytes);
    } else {
      return null;
    }
    if (type.kind() == Kind.BINARY && bytes.length != type.precision()) {
      throw wrong(path, type, bytes.length + " bytes", "exactly " + type.precision() + " bytes");
    }
    return bytes;
  }

  /** Nanoseconds in the Arrow unit of a TIME, TIMESTAMP or TIMESTAMP_LTZ. */
  static long nanosPerUnit(DataType.Scalar type) {
    return switch (ArrowTypes.unit(type.precision())) {
      case SECOND -> 1_000_000_000L;
      case MILLISECOND -> 1_000_000L;
      case MICROSECOND -> 1_000L;
      case NANOSECOND -> 1L;
    };
  }

  private static Object units(String path, DataType.Scalar type, Instant at) {
    long perUnit = nanosPerUnit(type);
    try {
      return Math.addExact(
          Math.multiplyExact(at.getEpochSecond(), 1_000_000_000L / perUnit),
          at.getNano() / perUnit);
    } catch (ArithmeticException tooFar) {
      throw wrong(path, type, at, "a time within its range");
    }
  }

  private static ThalwegException wrong(String path, DataType type, Object value, String wanted) {
    String shown = String.valueOf(value);
    shown = shown.length() > 100 ? shown.substring(0, 100) + "…" : shown;
    return new ThalwegException(
        ErrorCode.SCHEMA_MISMATCH,
        "column '"
            + path
            + "' is "
            + type
            + ", the value is "
            + shown
            + " ("
            + value.getClass().getSimpleName()
            + "); give "
            + wanted);
  }
}
