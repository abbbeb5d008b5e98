package io.thalweg.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Makes rows of a known size. Seeded. */
final class Rows {
  static final String COLUMNS =
      "id BIGINT NOT NULL, ts TIMESTAMP(6), k INT, v DOUBLE, payload STRING";

  private Rows() {}

  /** The column {@code id} of {@link #COLUMNS}. */
  static Field idField() {
    return new Field("id", FieldType.notNullable(new ArrowType.Int(64, true)), null);
  }

  /** Rows (id, ts, k, v, payload) of {@code rowBytes} each, as Arrow holds them. */
  static VectorSchemaRoot events(BufferAllocator allocator, int count, int rowBytes) {
    List<Field> fields =
        List.of(
            idField(),
            Field.nullable("ts", new ArrowType.Timestamp(TimeUnit.MICROSECOND, null)),
            Field.nullable("k", new ArrowType.Int(32, true)),
            Field.nullable("v", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)),
            Field.nullable("payload", ArrowType.Utf8.INSTANCE));
    VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(fields), allocator);
    Random random = new Random(count);
    byte[] text = new byte[Math.max(1, rowBytes - 8 - 8 - 4 - 8 - 4)];
    for (int i = 0; i < count; i++) {
      ((BigIntVector) root.getVector(0)).setSafe(i, i);
      ((TimeStampMicroVector) root.getVector(1)).setSafe(i, 1_700_000_000_000_000L + i);
      ((IntVector) root.getVector(2)).setSafe(i, random.nextInt());
      ((Float8Vector) root.getVector(3)).setSafe(i, random.nextDouble());
      for (int j = 0; j < text.length; j++) {
        text[j] = (byte) ('a' + random.nextInt(26));
      }
      ((VarCharVector) root.getVector(4)).setSafe(i, text);
    }
    root.setRowCount(count);
    return root;
  }

  /** The column list of {@link #wide}. */
  static String wideColumns(int columns) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      names.add("c" + i + " BIGINT");
    }
    return String.join(", ", names);
  }

  /** Rows of {@code columns} BIGINT columns c0, c1, …. */
  static VectorSchemaRoot wide(BufferAllocator allocator, int count, int columns) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      fields.add(Field.nullable("c" + i, new ArrowType.Int(64, true)));
    }
    VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(fields), allocator);
    Random random = new Random(columns);
    for (int column = 0; column < columns; column++) {
      BigIntVector vector = (BigIntVector) root.getVector(column);
      for (int i = 0; i < count; i++) {
        vector.setSafe(i, random.nextLong());
      }
    }
    root.setRowCount(count);
    return root;
  }
}
