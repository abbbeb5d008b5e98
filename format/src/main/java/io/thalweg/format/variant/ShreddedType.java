package io.thalweg.format.variant;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How the variants of a column are split into columns of their own: a tree of objects' fields whose
 * leaves have a scalar type. Immutable; any thread.
 *
 * @param scalar the type of a leaf; null for an object
 * @param fields of an object, by the bytes of their names
 */
public record ShreddedType(Scalar scalar, List<Named> fields) {
  /** Most names of a path: each takes two levels of nesting in a file, which has 32. */
  public static final int MAX_NAMES = 8;

  /** Most paths of a column. */
  public static final int MAX_PATHS = 32;

  /** The names of the parts in a file. */
  public static final String METADATA = "metadata";

  /** What no column of its own holds. */
  public static final String VALUE = "value";

  /** The column of its own. */
  public static final String TYPED_VALUE = "typed_value";

  private static final int MICROS = 6;
  private static final int NANOS = 9;

  /** A field of an object. */
  public record Named(String name, ShreddedType type) {
    byte[] utf8() {
      return name.getBytes(StandardCharsets.UTF_8);
    }
  }

  /** Copies the list. */
  public ShreddedType {
    fields = List.copyOf(fields);
  }

  /**
   * The tree of those paths.
   *
   * @param paths names from the outermost object on, at least one each, and the type at their end
   * @throws VariantException where there are too many paths or names, where a type is none of a
   *     leaf, and where one path leads through the end of another
   */
  public static ShreddedType of(Map<List<String>, Scalar> paths) throws VariantException {
    if (paths.isEmpty() || paths.size() > MAX_PATHS) {
      throw new VariantException("a column has " + paths.size() + " paths; 1 to 32 are allowed");
    }
    Map<String, Map<List<String>, Scalar>> byName = new LinkedHashMap<>();
    for (Map.Entry<List<String>, Scalar> path : paths.entrySet()) {
      List<String> names = path.getKey();
      if (names.isEmpty() || names.size() > MAX_NAMES) {
        throw new VariantException("a path has " + names.size() + " names; 1 to 8 are allowed");
      }
      if (!isLeaf(path.getValue())) {
        throw new VariantException("no value within a variant is stored as " + path.getValue());
      }
      byName
          .computeIfAbsent(names.get(0), name -> new LinkedHashMap<>())
          .put(names.subList(1, names.size()), path.getValue());
    }
    List<Named> fields = new ArrayList<>();
    for (Map.Entry<String, Map<List<String>, Scalar>> field : byName.entrySet()) {
      Scalar scalar = field.getValue().get(List.of());
      if (scalar != null && field.getValue().size() > 1) {
        throw new VariantException(
            "'" + field.getKey() + "' cannot be both an object and a " + scalar);
      }
      ShreddedType type =
          scalar == null
              ? of(field.getValue())
              : new ShreddedType((Scalar) scalar.withNullable(true), List.of());
      fields.add(new Named(field.getKey(), type));
    }
    fields.sort((a, b) -> Arrays.compareUnsigned(a.utf8(), b.utf8()));
    return new ShreddedType(null, fields);
  }

  /** Whether variants have values of that type. */
  public static boolean isLeaf(Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL, STRING, BYTES, DATE ->
          true;
      case TIME -> type.precision() == MICROS;
      case TIMESTAMP, TIMESTAMP_LTZ -> type.precision() == MICROS || type.precision() == NANOS;
      case CHAR, BINARY -> false;
    };
  }

  /** What a column of variants is made of in a file. */
  public DataType.Row storage(boolean nullable) {
    List<DataType.Field> parts = new ArrayList<>();
    parts.add(new DataType.Field(0, METADATA, DataType.of(Kind.BYTES).withNullable(false)));
    parts.addAll(parts());
    return new DataType.Row(parts, nullable);
  }

  private List<DataType.Field> parts() {
    DataType typed = scalar;
    if (scalar == null) {
      List<DataType.Field> inner = new ArrayList<>();
      for (Named field : fields) {
        inner.add(new DataType.Field(0, field.name, new DataType.Row(field.type.parts(), false)));
      }
      typed = new DataType.Row(inner, true);
    }
    return List.of(
        new DataType.Field(0, VALUE, DataType.of(Kind.BYTES)),
        new DataType.Field(0, TYPED_VALUE, typed));
  }
}
