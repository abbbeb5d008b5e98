package io.thalweg.client.write;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.Column;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.types.pojo.Schema;

/** The rows that gather for one batch. Guarded by its accumulator's monitor. */
final class OpenBatch {
  private final List<Column> columns;
  private final VectorSchemaRoot root;
  private final CompletableFuture<AppendAck> ack = new CompletableFuture<>();
  private int count;
  private long bytes;

  /** Rows of {@code columns}, whose Arrow form is {@code schema}. */
  OpenBatch(List<Column> columns, Schema schema, BufferAllocator allocator) {
    this.columns = columns;
    this.root = VectorSchemaRoot.create(schema, allocator);
    root.allocateNew();
  }

  /** Adds a checked row. */
  void add(Object[] row, long rowBytes) {
    for (int i = 0; i < row.length; i++) {
      FieldVector vector = root.getVector(i);
      VectorWriter.write(vector, count, columns.get(i).type(), row[i]);
    }
    count++;
    bytes += rowBytes;
  }

  boolean isFull(long maxBytes) {
    return bytes >= maxBytes || count == BatchHeader.MAX_RECORDS;
  }

  long bytes() {
    return bytes;
  }

  CompletableFuture<AppendAck> ack() {
    return ack;
  }

  /** The gathered rows, with only the first columns: those of {@code schema}. */
  SealedBatch seal(OptionalInt bucket, Schema schema) {
    try (root) {
      root.setRowCount(count);
      VectorSchemaRoot sent =
          new VectorSchemaRoot(
              schema.getFields(),
              root.getFieldVectors().subList(0, schema.getFields().size()),
              count);
      return new SealedBatch(new VectorUnloader(sent).getRecordBatch(), schema, bytes, bucket, ack);
    }
  }
}
