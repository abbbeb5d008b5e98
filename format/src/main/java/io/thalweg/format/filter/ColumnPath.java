package io.thalweg.format.filter;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.complex.NonNullableStructVector;

/**
 * Where a schema has a column or a field within ROWs, and how its vector is found. A field of a ROW
 * that is null is null. Immutable; any thread.
 *
 * @param column position in the schema
 * @param fields position of the field in each ROW on the way
 * @param type of what it leads to
 * @param name for messages
 */
record ColumnPath(int column, List<Integer> fields, DataType type, String name) {
  private static final int NAMES_SHOWN = 50;

  /** The place of {@code path} in {@code schema}; INVALID_FILTER if it has none. */
  static ColumnPath of(Operand.Path path, Schema schema) {
    OptionalInt position = schema.indexOf(path.column());
    if (position.isEmpty()) {
      throw PredicateLimits.invalid(
          "there is no column '"
              + path.column()
              + "'; its columns are "
              + shown(schema.columns().stream().map(Column::name).toList()));
    }
    DataType type = schema.columns().get(position.getAsInt()).type();
    String name = path.column();
    List<Integer> fields = new ArrayList<>();
    for (String field : path.names().subList(1, path.names().size())) {
      int at = field(name, type, field);
      fields.add(at);
      type = ((DataType.Row) type).fields().get(at).type();
      name += "." + field;
    }
    return new ColumnPath(position.getAsInt(), List.copyOf(fields), type, name);
  }

  private static int field(String name, DataType type, String field) {
    if (!(type instanceof DataType.Row row)) {
      throw PredicateLimits.invalid(
          "column '"
              + name
              + "' ("
              + type
              + ") is no ROW and has no field '"
              + field
              + "'"
              + (type instanceof DataType.Variant ? "; write variant_get" : ""));
    }
    List<String> names = row.fields().stream().map(DataType.Field::name).toList();
    int at = names.indexOf(field);
    if (at < 0) {
      throw PredicateLimits.invalid(
          "column '" + name + "' has no field '" + field + "'; its fields are " + shown(names));
    }
    return at;
  }

  private static String shown(List<String> names) {
    return names.stream().limit(NAMES_SHOWN).toList()
        + (names.size() > NAMES_SHOWN ? " and more" : "");
  }

  /** The vector that it leads to. */
  FieldVector vector(IntFunction<FieldVector> vectors) {
    FieldVector vector = vectors.apply(column);
    for (int field : fields) {
      vector = (FieldVector) ((NonNullableStructVector) vector).getChildByOrdinal(field);
    }
    return vector;
  }

  /** Sets each row of {@code truth} to {@code value} in which it or a ROW around it is null. */
  void whereNull(IntFunction<FieldVector> vectors, byte[] truth, byte value) {
    FieldVector vector = vectors.apply(column);
    whereNull(vector, truth, value);
    for (int field : fields) {
      vector = (FieldVector) ((NonNullableStructVector) vector).getChildByOrdinal(field);
      whereNull(vector, truth, value);
    }
  }

  /** Sets each row of {@code truth} to {@code value} in which the vector is null. */
  static void whereNull(FieldVector vector, byte[] truth, byte value) {
    if (vector.getNullCount() == 0) {
      return;
    }
    ArrowBuf validity = vector.getValidityBuffer();
    for (int from = 0; from < truth.length; from += 8) {
      int bits = validity.getByte(from >> 3);
      for (int row = from; bits != -1 && row < Math.min(from + 8, truth.length); row++) {
        if (((bits >> (row & 7)) & 1) == 0) {
          truth[row] = value;
        }
      }
    }
  }

  /**
   * Refuses vectors that lack the field, or have it in another type.
   *
   * @param top the column's vector, which is of the column's type
   */
  void check(FieldVector top) {
    ValueVector vector = top;
    for (int field : fields) {
      vector =
          vector instanceof NonNullableStructVector struct && field < struct.size()
              ? struct.getChildByOrdinal(field)
              : null;
    }
    if (vector == null
        || vector.getValueCount() < top.getValueCount()
        || !vector.getField().getType().equals(ArrowTypes.toArrow(name, type).getType())) {
      throw new IllegalArgumentException(
          "field '" + name + "' (" + type + ") is not in " + top.getField());
    }
  }
}
