package io.thalweg.chaos;

import io.thalweg.client.Row;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Rows that show damage: each has a value, and a text derived from it. Stateless. */
final class ValueRows {
  /** The table's columns. */
  static final String COLUMNS = "id BIGINT NOT NULL, text STRING NOT NULL";

  private static final Schema SCHEMA =
      new Schema(
          List.of(
              new Field("id", FieldType.notNullable(new ArrowType.Int(64, true)), null),
              new Field("text", FieldType.notNullable(new ArrowType.Utf8()), null)));
  private static final int REPEATS = 37;

  private ValueRows() {}

  private static String text(long value) {
    String unit = Long.toString(value * 0x9e3779b97f4a7c15L, 36) + ";";
    return unit.repeat((int) (value % REPEATS) + 1);
  }

  /** The rows of {@code values}, which the caller closes. */
  static VectorSchemaRoot of(List<Long> values, BufferAllocator allocator) {
    VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator);
    BigIntVector ids = (BigIntVector) root.getVector("id");
    VarCharVector texts = (VarCharVector) root.getVector("text");
    for (int i = 0; i < values.size(); i++) {
      ids.setSafe(i, values.get(i));
      texts.setSafe(i, text(values.get(i)).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }
    root.setRowCount(values.size());
    return root;
  }

  /** What is wrong with a row, if anything is. */
  static Optional<String> damage(Row row) {
    long value = row.getLong("id");
    String text = row.getString("text");
    return value >= 0 && text.equals(text(value))
        ? Optional.empty()
        : Optional.of("row " + value + " came with the text '" + text + "'");
  }
}
