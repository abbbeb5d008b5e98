package io.thalweg.format.testing;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Random types, schemas and rows. A value is null, Boolean, Long (integers and everything temporal
 * in its Arrow unit), Float, Double, BigInteger (unscaled decimals), String, byte[], or a List of
 * values (of vectors, arrays, rows, and of variants: metadata and value) or of Map entries.
 */
public final class RandomTables {
  private static final String ALPHABET = "ab'`\"zÀß€\ud83d\ude00 0_\u0000";
  private static final List<Kind> KINDS = List.of(Kind.values());

  private final Random random;

  /** Draws from {@code random}. */
  public RandomTables(Random random) {
    this.random = random;
  }

  /** A schema of up to {@code maxColumns} columns. */
  public Schema schema(int maxColumns, int depth) {
    List<Column> columns = new ArrayList<>();
    int count = 1 + random.nextInt(maxColumns);
    for (int i = 0; i < count; i++) {
      columns.add(Column.of(name() + i, type(depth)));
    }
    return Schema.first(columns, List.of());
  }

  /** A type nested at most {@code depth} levels. */
  public DataType type(int depth) {
    boolean nullable = random.nextInt(4) > 0;
    int nested = depth > 0 ? random.nextInt(8) : 7;
    if (nested == 0) {
      return new DataType.Array(0, type(depth - 1), nullable);
    }
    if (nested == 1) {
      return new DataType.Map(0, type(depth - 1), 0, type(depth - 1), nullable);
    }
    if (nested == 2) {
      List<DataType.Field> fields = new ArrayList<>();
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        fields.add(new DataType.Field(0, name() + i, type(depth - 1)));
      }
      return new DataType.Row(fields, nullable);
    }
    if (nested == 4) {
      return new DataType.Variant(nullable);
    }
    return nested == 3 ? vector(nullable) : scalar().withNullable(nullable);
  }

  private DataType vector(boolean nullable) {
    Kind element = List.of(Kind.FLOAT, Kind.DOUBLE, Kind.TINYINT).get(random.nextInt(3));
    return new DataType.Vector(0, element, 1 + random.nextInt(9), nullable);
  }

  /** A scalar type. */
  public Scalar scalar() {
    Kind kind = KINDS.get(random.nextInt(KINDS.size()));
    return switch (kind) {
      case DECIMAL -> {
        int precision = 1 + random.nextInt(38);
        yield DataType.decimal(precision, random.nextInt(precision + 1));
      }
      case CHAR, BINARY -> DataType.of(kind, 1 + random.nextInt(40));
      case TIME, TIMESTAMP, TIMESTAMP_LTZ -> DataType.of(kind, random.nextInt(10));
      default -> DataType.of(kind);
    };
  }

  private String name() {
    String[] names = {"c", "Not", "date", "ORDER", "x", "a b", "ä`\"'", "9", "null", "c_"};
    return names[random.nextInt(names.length)];
  }

  /** Rows of a schema: one list per row. */
  public List<List<Object>> rows(Schema schema, int count) {
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Object> row = new ArrayList<>();
      for (Column column : schema.columns()) {
        row.add(value(column.type()));
      }
      rows.add(row);
    }
    return rows;
  }

  /** A value of a type. */
  public Object value(DataType type) {
    if (type.nullable() && random.nextInt(4) == 0) {
      return null;
    }
    if (type instanceof DataType.Array array) {
      return values(array.element());
    }
    if (type instanceof DataType.Vector vector) {
      List<Object> numbers = new ArrayList<>();
      for (int i = 0; i < vector.length(); i++) {
        numbers.add(value(vector.elementType()));
      }
      return numbers;
    }
    if (type instanceof DataType.Variant) {
      Variant variant = variant();
      return List.of(variant.metadata(), variant.value());
    }
    if (type instanceof DataType.Map map) {
      List<Object> entries = new ArrayList<>();
      for (Object key : values(map.key())) {
        Object value = value(map.value());
        entries.add(new java.util.AbstractMap.SimpleImmutableEntry<>(key, value));
      }
      return entries;
    }
    if (type instanceof DataType.Row row) {
      List<Object> fields = new ArrayList<>();
      row.fields().forEach(field -> fields.add(value(field.type())));
      return fields;
    }
    return scalar((Scalar) type);
  }

  private Variant variant() {
    try {
      return Variant.parse(json(3));
    } catch (VariantException refused) {
      throw new AssertionError(refused);
    }
  }

  /** A JSON text nested at most {@code depth} levels. */
  public String json(int depth) {
    int kind = random.nextInt(depth > 0 ? 9 : 7);
    return switch (kind) {
      case 0 -> "null";
      case 1 -> String.valueOf(random.nextBoolean());
      case 2 -> String.valueOf(number(64));
      case 3 ->
          new java.math.BigDecimal(new BigInteger(100, random), 1 + random.nextInt(20))
              .toPlainString();
      case 4 -> number(16) + ".25e" + (random.nextInt(20) - 10);
      case 5 -> "\"" + "x".repeat(random.nextInt(5) == 0 ? 100 : 3) + "ä\"";
      case 6 -> String.valueOf(number(16));
      case 7 -> {
        List<String> items = new ArrayList<>();
        int count = random.nextInt(20) == 0 ? 300 : random.nextInt(4);
        for (int i = 0; i < count; i++) {
          items.add(json(depth - 1));
        }
        yield "[" + String.join(", ", items) + "]";
      }
      default -> {
        List<String> fields = new ArrayList<>();
        int count = random.nextInt(20) == 0 ? 300 : random.nextInt(4);
        for (int i = 0; i < count; i++) {
          fields.add("\"" + (char) ('a' + random.nextInt(8)) + i + "\": " + json(depth - 1));
        }
        yield "{" + String.join(", ", fields) + "}";
      }
    };
  }

  private List<Object> values(DataType type) {
    List<Object> values = new ArrayList<>();
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      values.add(value(type));
    }
    return values;
  }

  private Object scalar(Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> random.nextBoolean();
      case TINYINT -> (long) (byte) number(8);
      case SMALLINT -> (long) (short) number(16);
      case INT, DATE -> (long) (int) number(32);
      case BIGINT -> number(64);
      // Seconds must fit into milliseconds.
      case TIMESTAMP, TIMESTAMP_LTZ -> number(type.precision() == 0 ? 53 : 64);
      case TIME -> {
        long day = 86_400L * unitsPerSecond(type.precision());
        yield random.nextBoolean() ? random.nextInt(5) : random.nextLong(day);
      }
      case FLOAT -> special((float) (random.nextInt(9) - 4), random.nextFloat());
      case DOUBLE -> special((double) (random.nextInt(9) - 4), random.nextGaussian());
      case DECIMAL -> {
        BigInteger limit = BigInteger.TEN.pow(type.precision());
        BigInteger value =
            random.nextBoolean()
                ? BigInteger.valueOf(random.nextInt(20)).mod(limit)
                : new BigInteger(127, random).mod(limit);
        yield random.nextBoolean() ? value : value.negate();
      }
      case STRING -> text(40);
      case CHAR -> {
        String text = text(type.precision());
        int points = Math.min(type.precision(), text.codePointCount(0, text.length()));
        yield text.substring(0, text.offsetByCodePoints(0, points));
      }
      case BYTES -> bytes(random.nextInt(40));
      case BINARY -> bytes(type.precision());
    };
  }

  /** Arrow units in a second. */
  public static long unitsPerSecond(int precision) {
    return precision == 0
        ? 1
        : precision <= 3 ? 1_000 : precision <= 6 ? 1_000_000 : 1_000_000_000L;
  }

  private long number(int bits) {
    return switch (random.nextInt(6)) {
      case 0 -> random.nextLong() >> (64 - bits);
      case 1 -> random.nextBoolean() ? -1L << (bits - 1) : (1L << (bits - 1)) - 1;
      default -> random.nextInt(12) - 6;
    };
  }

  private float special(float usual, float other) {
    float[] specials = {Float.NaN, -0.0f, 0.0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    return switch (random.nextInt(8)) {
      case 0 -> specials[random.nextInt(specials.length)];
      case 1, 2 -> other;
      default -> usual;
    };
  }

  private double special(double usual, double other) {
    double[] specials = {
      Double.NaN, -0.0, 0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MAX_VALUE
    };
    return switch (random.nextInt(8)) {
      case 0 -> specials[random.nextInt(specials.length)];
      case 1, 2 -> other;
      default -> usual;
    };
  }

  private String text(int maxPoints) {
    StringBuilder text = new StringBuilder();
    if (random.nextInt(4) == 0 && maxPoints >= 36) {
      text.append("a common prefix longer than a bound");
    }
    int[] points = ALPHABET.codePoints().toArray();
    int count = random.nextInt(Math.min(4, maxPoints) + 1);
    for (int i = 0; i < count; i++) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return text.toString();
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    if (random.nextInt(4) == 0) {
      random.nextBytes(bytes);
    } else {
      java.util.Arrays.fill(bytes, (byte) (random.nextInt(3) - 1));
      if (length > 0) {
        bytes[length - 1] = (byte) random.nextInt(3);
      }
    }
    return bytes;
  }

  /** The rows as vectors; the caller closes the root. */
  public static VectorSchemaRoot toArrow(
      Schema schema, List<List<Object>> rows, BufferAllocator allocator) {
    VectorSchemaRoot root = VectorSchemaRoot.create(schema.toArrow(), allocator);
    for (int column = 0; column < schema.columns().size(); column++) {
      DataType type = schema.columns().get(column).type();
      for (int row = 0; row < rows.size(); row++) {
        VectorValues.set(root.getVector(column), row, rows.get(row).get(column), type);
      }
      VectorValues.setCount(root.getVector(column), rows.size());
    }
    root.setRowCount(rows.size());
    return root;
  }

  /** A form of the value whose equals compares by content. */
  public static Object comparable(Object value) {
    if (value instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(each -> java.util.Optional.ofNullable(comparable(each))).toList();
    }
    if (value instanceof Map.Entry<?, ?> entry) {
      return List.of(
          comparable(entry.getKey()), java.util.Optional.ofNullable(comparable(entry.getValue())));
    }
    return value;
  }
}
