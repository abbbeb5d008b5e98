package io.thalweg.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Rows whose damage shows: a unique id, and a text computed from it. Stateless. */
public final class NumberedRows {
  /** The table's columns. */
  public static final String COLUMNS = "id BIGINT NOT NULL, pad STRING";

  private static final Schema SCHEMA =
      new Schema(
          List.of(
              new Field("id", FieldType.notNullable(new ArrowType.Int(64, true)), null),
              new Field("pad", FieldType.nullable(new ArrowType.Utf8()), null)));
  private static final int MAX_PAD = 4096;
  private static final int PADS = 997;
  private static final byte[] LETTERS = letters();

  private NumberedRows() {}

  private static byte[] letters() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < MAX_PAD + PADS; i++) {
      text.append(Integer.toString(i * 7919, 36));
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** Vectors for the rows. */
  public static VectorSchemaRoot root(BufferAllocator allocator) {
    return VectorSchemaRoot.create(SCHEMA, allocator);
  }

  /** Fills {@code root} with the rows {@code first} to {@code first + count - 1}. */
  public static void fill(VectorSchemaRoot root, long first, int count, int padBytes) {
    root.clear();
    BigIntVector ids = (BigIntVector) root.getVector("id");
    VarCharVector pads = (VarCharVector) root.getVector("pad");
    ids.allocateNew(count);
    pads.allocateNew((long) count * padBytes + 1, count);
    for (int i = 0; i < count; i++) {
      long id = first + i;
      ids.set(i, id);
      pads.setSafe(i, LETTERS, (int) (id % PADS), padBytes);
    }
    root.setRowCount(count);
  }

  /** The text of the row {@code id}. */
  public static byte[] padOf(long id, int bytes) {
    int from = (int) (id % PADS);
    return Arrays.copyOfRange(LETTERS, from, from + bytes);
  }

  /** The ids of {@code root}; fails where a row is damaged. */
  public static long[] check(VectorSchemaRoot root) {
    BigIntVector ids = (BigIntVector) root.getVector("id");
    VarCharVector pads = (VarCharVector) root.getVector("pad");
    long[] found = new long[root.getRowCount()];
    for (int i = 0; i < found.length; i++) {
      found[i] = ids.get(i);
      byte[] pad = pads.get(i);
      int from = (int) (found[i] % PADS);
      assertThat(Arrays.equals(pad, 0, pad.length, LETTERS, from, from + pad.length))
          .as("the text of row %s", found[i])
          .isTrue();
    }
    return found;
  }
}
