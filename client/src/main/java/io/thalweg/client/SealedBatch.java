package io.thalweg.client;

import io.thalweg.format.json.AppendAck;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/** A batch that will not change, until it is acknowledged. Belongs to the client's loop. */
final class SealedBatch implements AutoCloseable {
  final ArrowRecordBatch rows;
  final Schema schema;
  final int count;
  final long budget;
  final OptionalInt bucket;
  final CompletableFuture<AppendAck> ack;
  long number;
  int sequence = -1;
  // Copies that were sent and of whose fate nobody told.
  int unheard;
  long deadline;

  SealedBatch(
      ArrowRecordBatch rows,
      Schema schema,
      long budget,
      OptionalInt bucket,
      CompletableFuture<AppendAck> ack) {
    this.rows = rows;
    this.schema = schema;
    this.count = rows.getLength();
    this.budget = budget;
    this.bucket = bucket;
    this.ack = ack;
  }

  /** A copy of the rows in memory of {@code allocator}, whoever owns {@code rows}. */
  static ArrowRecordBatch copy(VectorSchemaRoot rows, BufferAllocator allocator) {
    List<ArrowBuf> copies = new ArrayList<>();
    try (ArrowRecordBatch unloaded = new VectorUnloader(rows).getRecordBatch()) {
      for (ArrowBuf buffer : unloaded.getBuffers()) {
        ArrowBuf copy = allocator.buffer(buffer.readableBytes());
        copies.add(copy);
        copy.setBytes(0, buffer, buffer.readerIndex(), buffer.readableBytes());
        copy.writerIndex(buffer.readableBytes());
      }
      return new ArrowRecordBatch(unloaded.getLength(), unloaded.getNodes(), copies);
    } finally {
      copies.forEach(ArrowBuf::close);
    }
  }

  @Override
  public void close() {
    rows.close();
  }
}
