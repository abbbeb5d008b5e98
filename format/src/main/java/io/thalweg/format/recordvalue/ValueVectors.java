package io.thalweg.format.recordvalue;

import io.thalweg.format.batch.BatchRows;
import io.thalweg.format.batch.NullColumns;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;

/** The columns that are made of values, while they are filled. One thread. */
final class ValueVectors implements AutoCloseable {
  /** After how many rows their size is looked at. */
  private static final int STEP = 64;

  private final Schema schema;
  private final Map<Integer, FieldVector> byPosition = new HashMap<>();
  private final long leastOfRow;
  private int count;

  /**
   * Empty vectors of those of {@code columns}, positions in the schema, that are made of values.
   */
  ValueVectors(Schema schema, int[] columns, BufferAllocator allocator) {
    this.schema = schema;
    for (int column : columns) {
      if (column >= TableDescriptor.RECORD_COLUMNS) {
        byPosition.computeIfAbsent(
            column, at -> schema.toArrow().getFields().get(at).createVector(allocator));
      }
    }
    this.leastOfRow =
        byPosition.keySet().stream()
            .mapToLong(column -> NullColumns.bytes(schema.columns().get(column).type()))
            .sum();
  }

  /** Adds a row of the values of all columns. */
  void add(Object[] values) {
    byPosition.forEach(
        (position, vector) -> {
          Column column = schema.columns().get(position);
          Object value = values[position - TableDescriptor.RECORD_COLUMNS];
          VectorWriter.write(vector, count, column.type(), value);
        });
    if (++count % STEP == 0) {
      checkSize(byPosition.values().stream().mapToLong(FieldVector::getBufferSize).sum());
    }
  }

  /** No row is added any more. */
  void finish() {
    // Only now a null of a wide type takes its memory.
    checkSize(leastOfRow * count);
    byPosition.values().forEach(vector -> vector.setValueCount(count));
  }

  private static void checkSize(long bytes) {
    if (bytes > BatchRows.MAX_DECOMPRESSED) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the columns of the values of one batch take more than %,d bytes; ask for fewer columns"
              .formatted(BatchRows.MAX_DECOMPRESSED));
    }
  }

  int count() {
    return count;
  }

  FieldVector vector(int position) {
    return byPosition.get(position);
  }

  @Override
  public void close() {
    byPosition.values().forEach(FieldVector::close);
  }
}
