package io.thalweg.server.kv;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.read.BatchRowReader;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Applies a table's changelog to the rows of a bucket. One thread. */
final class ChangelogApplier {
  private final TableInfo table;
  private final KeyCodec keys;
  private final RowCodec rows;
  private final BufferAllocator allocator;

  ChangelogApplier(TableInfo table, BufferAllocator allocator) {
    this.table = table;
    this.keys = KeyCodec.of(table.schema());
    this.rows = new RowCodec(table.schema());
    this.allocator = allocator;
  }

  /** Applies what {@code store} has not applied yet of batches that follow each other. */
  void apply(Fetched fetched, KvStore store) {
    BatchRowReader reader = new BatchRowReader(table, null, null);
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
    BinaryList values = new BinaryList(count, changedRows.byteCount());
    for (int i = 0; i < count; i++) {
      switch (ChangeType.ofNumber(types.get(i))) {
        case INSERT, UPDATE_AFTER -> values.add(changedRows, i);
        // The row after the change follows at once, where there is one.
        case UPDATE_BEFORE, DELETE -> values.addAbsent();
      }
    }
    store.write(changedKeys, values, endOffset);
  }
}
