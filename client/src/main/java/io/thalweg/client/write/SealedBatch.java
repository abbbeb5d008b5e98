package io.thalweg.client.write;

import io.thalweg.format.json.AppendAck;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/** A batch of rows on its way to a server, until it is settled. Belongs to the client's loop. */
final class SealedBatch implements AutoCloseable {
  final ArrowRecordBatch rows;
  final Schema schema;
  final int count;
  final long budget;
  final int bucket;
  final CompletableFuture<AppendAck> ack;
  long handedNanos;
  long number;
  int sequence = -1;
  // The number of sent copies without an answer.
  int unheard;
  long deadline;

  SealedBatch(
      ArrowRecordBatch rows,
      Schema schema,
      long budget,
      int bucket,
      CompletableFuture<AppendAck> ack) {
    this.rows = rows;
    this.schema = schema;
    this.count = rows.getLength();
    this.budget = budget;
    this.bucket = bucket;
    this.ack = ack;
  }

  @Override
  public void close() {
    rows.close();
  }
}
