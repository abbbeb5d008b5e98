package io.thalweg.client;

import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;

/** Rows that gather. Guarded by its writer's monitor. */
final class OpenBatch {
  private final Schema schema;
  private final VectorSchemaRoot root;
  private final CompletableFuture<AppendAck> ack = new CompletableFuture<>();
  private int count;
  private long bytes;

  OpenBatch(Schema schema, BufferAllocator allocator) {
    this.schema = schema;
    this.root = VectorSchemaRoot.create(schema.toArrow(), allocator);
    root.allocateNew();
  }

  /** Adds a checked row. */
  void add(Object[] row, long rowBytes) {
    List<Column> columns = schema.columns();
    for (int i = 0; i < row.length; i++) {
      FieldVector vector = root.getVector(i);
      VectorWriter.write(vector, count, columns.get(i).type(), row[i]);
    }
    count++;
    bytes += rowBytes;
  }

  long bytes() {
    return bytes;
  }

  CompletableFuture<AppendAck> ack() {
    return ack;
  }

  SealedBatch seal(OptionalInt bucket) {
    try (root) {
      root.setRowCount(count);
      return new SealedBatch(new VectorUnloader(root).getRecordBatch(), bytes, bucket, ack);
    }
  }
}
