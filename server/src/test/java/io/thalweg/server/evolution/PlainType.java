package io.thalweg.server.evolution;

import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.VectorNumbers;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.RandomSource;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A type of the plain model. Its values are Java objects that stay the same when the type widens: a
 * day is the moment of its midnight, a whole number a Long whatever its width. Immutable.
 */
sealed interface PlainType {
  /** What widens into what, from the narrowest on. */
  List<List<String>> FAMILIES =
      List.of(
          List.of("TINYINT", "SMALLINT", "INT", "BIGINT"),
          List.of("FLOAT", "DOUBLE"),
          List.of("DECIMAL(5, 2)", "DECIMAL(9, 2)", "DECIMAL(20, 2)"),
          List.of("DATE", "TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(6)"),
          List.of("TIME(0)", "TIME(3)", "TIME(6)", "TIME(9)"),
          List.of("CHAR(4)", "CHAR(9)", "STRING"),
          List.of("BINARY(3)", "BYTES"),
          List.of("BOOLEAN"));

  /** The type's text. */
  String text();

  /** Whether types are inside. */
  default boolean nests() {
    return this instanceof Row || this instanceof Array;
  }

  /** Any value but null. */
  Object value(RandomSource random);

  /** A scalar type. */
  record Scalar(int family, int level) implements PlainType {
    @Override
    public String text() {
      return FAMILIES.get(family).get(level);
    }

    boolean widens() {
      return level + 1 < FAMILIES.get(family).size();
    }

    @Override
    public Object value(RandomSource random) {
      int small = random.nextInt(200) - 100;
      return switch (family) {
        case 0 -> (long) small << (level == 0 ? 0 : random.nextInt(8 * (1 << level) - 7));
        case 1 -> level == 0 ? small / 4.0 : small / 4.0 + (random.nextInt(2) == 0 ? 1e-12 : 0);
        case 2 -> BigDecimal.valueOf(small, 2).add(big(random));
        case 3 ->
            LocalDateTime.of(2026, 1, 1, 0, 0)
                .plusDays(small)
                .plusSeconds(level == 0 ? 0 : random.nextInt(9_000))
                .plusNanos(level < 2 ? 0 : 1_000_000L * random.nextInt(3))
                .plusNanos(level < 3 ? 0 : 1_000L * random.nextInt(3));
        case 4 ->
            LocalTime.of(random.nextInt(24), 5)
                .plusNanos(level < 1 ? 0 : 1_000_000L * random.nextInt(3))
                .plusNanos(level < 2 ? 0 : 1_000L * random.nextInt(3))
                .plusNanos(level < 3 ? 0 : random.nextInt(3));
        case 5 -> "t" + Math.abs(small) + (level == 0 ? "" : "-long");
        case 6 -> List.of((byte) small, (byte) 1, (byte) 2);
        default -> small % 2 == 0;
      };
    }

    private BigDecimal big(RandomSource random) {
      return level > 0 && random.nextInt(2) == 0
          ? BigDecimal.valueOf(1_234_500, 2)
          : BigDecimal.ZERO;
    }

    /** The default's text in a change. */
    String literal(Object value) {
      if (family == 3 && level == 0) {
        return ((LocalDateTime) value).toLocalDate().toString();
      }
      return value instanceof List<?> bytes
          ? Base64.getEncoder().encodeToString(bytes(bytes))
          : value.toString();
    }

    static byte[] bytes(List<?> values) {
      byte[] bytes = new byte[values.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (Byte) values.get(i);
      }
      return bytes;
    }

    /** The value in the form of {@code VectorWriter}. */
    Object form(Object value) {
      return switch (family) {
        case 3 -> {
          LocalDateTime at = (LocalDateTime) value;
          long seconds = at.toEpochSecond(ZoneOffset.UTC);
          yield switch (level) {
            case 0 -> seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0);
            case 1 -> seconds;
            case 2 -> seconds * 1_000 + at.get(ChronoField.NANO_OF_SECOND) / 1_000_000;
            default -> seconds * 1_000_000 + at.get(ChronoField.NANO_OF_SECOND) / 1_000;
          };
        }
        case 4 -> {
          long nanos = ((LocalTime) value).toNanoOfDay();
          yield switch (level) {
            case 0 -> nanos / 1_000_000_000;
            case 1 -> nanos / 1_000_000;
            case 2 -> nanos / 1_000;
            default -> nanos;
          };
        }
        case 5 -> ((String) value).getBytes(StandardCharsets.UTF_8);
        case 6 -> bytes((List<?>) value);
        default -> value;
      };
    }
  }

  /** A VECTOR; its values are lists of numbers as the type has them. It never changes. */
  record Vector(String kind, int length) implements PlainType {
    @Override
    public String text() {
      return "VECTOR(" + length + ", " + kind + ")";
    }

    @Override
    public Object value(RandomSource random) {
      List<Number> numbers = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        int small = random.nextInt(200) - 100;
        numbers.add(
            switch (kind) {
              case "FLOAT" -> (Number) (small / 4f);
              case "DOUBLE" -> (Number) (small / 3.0);
              default -> (Number) (byte) small;
            });
      }
      return numbers;
    }

    /** The value in the form of {@code VectorWriter}. */
    Object form(Object value) throws Exact.Misfit {
      VectorNumbers numbers = new VectorNumbers((DataType.Vector) TypeText.parse(text()));
      ((List<?>) value).forEach(each -> numbers.add((Number) each));
      return numbers.value();
    }
  }

  /** A VARIANT; its values are texts of JSON. It never changes. */
  record Variant() implements PlainType {
    @Override
    public String text() {
      return "VARIANT";
    }

    @Override
    public Object value(RandomSource random) {
      int small = random.nextInt(200) - 100;
      return switch (random.nextInt(4)) {
        case 0 -> "null";
        case 1 -> String.valueOf(small << random.nextInt(20));
        case 2 -> "[true,\"" + small + "\"," + small + ".25]";
        default -> "{\"a\":" + small + ",\"b" + random.nextInt(5) + "\":[{}]}";
      };
    }
  }

  /** A ROW; its values are maps from field ids. */
  record Row(List<Field> fields) implements PlainType {
    @Override
    public String text() {
      return fields.stream()
          .map(field -> field.name + " " + field.type.text())
          .collect(Collectors.joining(", ", "ROW<", ">"));
    }

    @Override
    public Object value(RandomSource random) {
      Map<Integer, Object> value = new LinkedHashMap<>();
      for (Field field : fields) {
        value.put(field.id, random.nextInt(4) == 0 ? null : field.type.value(random));
      }
      return value;
    }
  }

  /** An ARRAY; its values are lists. */
  record Array(PlainType element) implements PlainType {
    @Override
    public String text() {
      return "ARRAY<" + element.text() + ">";
    }

    @Override
    public Object value(RandomSource random) {
      List<Object> elements = new ArrayList<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        elements.add(random.nextInt(5) == 0 ? null : element.value(random));
      }
      return elements;
    }
  }

  /**
   * A column, or a field of a ROW.
   *
   * @param initial of rows that were written before it existed
   * @param write of new rows that lack it
   */
  record Field(int id, String name, PlainType type, Object initial, Object write) {}

  /** A value without the fields that {@code current} lacks. */
  static Object still(PlainType current, Object value) {
    if (value == null || !current.nests()) {
      return value;
    }
    if (current instanceof Array array) {
      List<Object> elements = new ArrayList<>();
      ((List<?>) value).forEach(each -> elements.add(still(array.element, each)));
      return elements;
    }
    Map<Integer, Object> left = new LinkedHashMap<>();
    Map<?, ?> fields = (Map<?, ?>) value;
    for (Field field : ((Row) current).fields) {
      if (fields.containsKey(field.id)) {
        left.put(field.id, still(field.type, fields.get(field.id)));
      }
    }
    return left;
  }

  /** What a reader whose type is this one sees of a value that was written with another. */
  static Object read(PlainType reader, Object written) {
    if (written == null || !reader.nests()) {
      return written;
    }
    if (reader instanceof Array array) {
      List<Object> elements = new ArrayList<>();
      ((List<?>) written).forEach(each -> elements.add(read(array.element, each)));
      return elements;
    }
    Map<Integer, Object> fields = new LinkedHashMap<>();
    Map<?, ?> values = (Map<?, ?>) written;
    for (Field field : ((Row) reader).fields) {
      fields.put(
          field.id,
          values.containsKey(field.id) ? read(field.type, values.get(field.id)) : field.initial);
    }
    return fields;
  }
}
