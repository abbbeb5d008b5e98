package io.thalweg.client.write;

import io.thalweg.format.schema.Column;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/** An {@link OpenBatch} for tests of other packages. */
public final class RowsOfBatch implements AutoCloseable {
  private final OpenBatch batch;
  private final BufferAllocator allocator;

  /** No rows so far. */
  public RowsOfBatch(List<Column> columns, BufferAllocator allocator) {
    this.batch = new OpenBatch(columns, allocator);
    this.allocator = allocator;
  }

  /** Adds a row. */
  public void add(CheckedRow row) {
    batch.add(row);
  }

  /** The rows so far, which the batch forgets. */
  public VectorSchemaRoot seal(Schema schema) {
    VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
    try (SealedBatch sealed = batch.seal(schema)) {
      new VectorLoader(root).load(sealed.rows);
    }
    batch.clear();
    return root;
  }

  @Override
  public void close() {
    batch.close();
  }
}
