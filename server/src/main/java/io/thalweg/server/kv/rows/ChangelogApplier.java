package io.thalweg.server.kv.rows;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.RowTime;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.read.BatchRowReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Applies a table's changelog to the rows of a bucket. One thread. */
public final class ChangelogApplier {
  private final TableInfo table;
  private final KeyCodec keys;
  private final RowCodec rows;
  private final boolean timed;
  private final List<String> read;
  private final BufferAllocator allocator;

  /** Applies changes of {@code table}. */
  public ChangelogApplier(TableInfo table, BufferAllocator allocator) {
    this.table = table;
    this.keys = KeyCodec.of(table.schema());
    this.rows = new RowCodec(table.schema());
    this.timed = TableOptions.from(table.descriptor().properties()).rowTtl().isPresent();
    this.read = timed ? withTimes(table.schema().ofLog()) : null;
    this.allocator = allocator;
  }

  private static List<String> withTimes(Schema schema) {
    List<String> names = new ArrayList<>(schema.columns().stream().map(Column::name).toList());
    names.add(RowReader.TIMESTAMP_COLUMN);
    return names;
  }

  /** Applies those changes of consecutive batches that {@code store} lacks. */
  public void apply(Fetched fetched, KvStore store) {
    BatchRowReader reader = new BatchRowReader(table, read, null);
    for (Fetched.Batch batch : fetched.batches()) {
      if (batch.baseOffset() > store.offset()) {
        throw new IllegalStateException(
            "the changelog goes on at "
                + batch.baseOffset()
                + ", the rows end at "
                + store.offset());
      }
      Optional<VectorSchemaRoot> changes =
          reader.read(batch, store.offset(), batch.endOffset(), allocator);
      if (changes.isPresent()) {
        try (VectorSchemaRoot root = changes.get()) {
          apply(root, batch.endOffset(), store);
        }
      }
    }
  }

  private void apply(VectorSchemaRoot changes, long endOffset, KvStore store) {
    Schema schema = table.schema();
    int count = changes.getRowCount();
    List<FieldVector> columns = changes.getFieldVectors().subList(0, schema.columns().size());
    TinyIntVector types = (TinyIntVector) changes.getVector(schema.columns().size());
    BinaryList changedKeys = new BinaryList(count, 16 * count);
    BinaryList changedRows = new BinaryList(count, 64 * count);
    keys.encode(columns, count, changedKeys);
    rows.encode(columns, count, changedRows);
    BinaryList values =
        new BinaryList(count, changedRows.byteCount() + (timed ? count * RowTime.LENGTH : 0));
    TimeStampVector times =
        timed ? (TimeStampVector) changes.getVector(RowReader.TIMESTAMP_COLUMN) : null;
    for (int i = 0; i < count; i++) {
      switch (ChangeType.ofNumber(types.get(i))) {
        case INSERT, UPDATE_AFTER -> {
          values.add(changedRows, i);
          if (timed) {
            RowTime.addToLast(values, times.get(i));
          }
        }
        // The row after the change, if there is one, is the next record.
        case UPDATE_BEFORE, DELETE -> values.addAbsent();
      }
    }
    store.write(changedKeys, values, endOffset);
  }
}
