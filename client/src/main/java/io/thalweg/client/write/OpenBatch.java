package io.thalweg.client.write;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The rows that gather for one batch, column by column. Once it is sealed it can gather those of
 * the next batch. Guarded by its accumulator's monitor.
 */
final class OpenBatch {
  private final BufferAllocator allocator;
  private final ColumnValues[] columns;

  /** The bucket of its rows. */
  int bucket;

  private CompletableFuture<AppendAck> ack = new CompletableFuture<>();
  private int count;
  private long bytes;
  private boolean free;

  /** No rows of {@code columns} so far. */
  OpenBatch(List<Column> columns, BufferAllocator allocator) {
    this.allocator = allocator;
    this.columns = new ColumnValues[columns.size()];
    for (int i = 0; i < this.columns.length; i++) {
      this.columns[i] = ColumnValues.of(columns.get(i), i, allocator);
    }
  }

  /** Adds a row; if that fails, the batch is as it was before. */
  void add(CheckedRow row) {
    for (ColumnValues column : columns) {
      column.add(row, count);
    }
    count++;
    bytes += row.bytes();
  }

  boolean isEmpty() {
    return count == 0;
  }

  boolean isFull(long maxBytes) {
    return bytes >= maxBytes || count == BatchHeader.MAX_RECORDS;
  }

  /** It has waited long enough, and goes as soon as its target takes it. */
  void mayGo() {
    free = true;
  }

  boolean isFree() {
    return free;
  }

  /** The memory that was taken for its rows. */
  long bytes() {
    return bytes;
  }

  CompletableFuture<AppendAck> ack() {
    return ack;
  }

  /** A copy of the gathered rows with only the first columns: those of {@code schema}. */
  SealedBatch seal(Schema schema) {
    List<ArrowFieldNode> nodes = new ArrayList<>();
    List<ArrowBuf> buffers = new ArrayList<>();
    try {
      for (int i = 0; i < schema.getFields().size(); i++) {
        columns[i].unload(count, allocator, nodes, buffers);
      }
      return new SealedBatch(
          new ArrowRecordBatch(count, nodes, buffers), schema, bytes, bucket, ack);
    } finally {
      buffers.forEach(ArrowBuf::close);
    }
  }

  /** How many bytes of memory it keeps for the next batch. */
  long kept() {
    long kept = 0;
    for (ColumnValues column : columns) {
      kept += column.kept();
    }
    return kept;
  }

  /** Forgets its rows, ready for those of another batch. */
  void clear() {
    for (ColumnValues column : columns) {
      column.clear();
    }
    ack = new CompletableFuture<>();
    count = 0;
    bytes = 0;
    free = false;
  }

  /** Gives its memory back. */
  void close() {
    for (ColumnValues column : columns) {
      column.close();
    }
  }
}
