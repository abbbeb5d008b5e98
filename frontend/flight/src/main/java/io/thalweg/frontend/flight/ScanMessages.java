package io.thalweg.frontend.flight;

import io.grpc.stub.ServerCallStreamObserver;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.server.api.RowReader;
import io.thalweg.wire.OutboundFrame;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Makes and sends the messages of a scan: the schema, rows, progress without rows, and a summary at
 * the end. Only its scan's tasks touch it.
 */
final class ScanMessages {
  private final ServerCallStreamObserver<OutboundFrame> call;
  private final RowReader reader;
  private final BufferAllocator allocator;
  private final Supplier<OptionalInt> newerSchema;
  private final Map<Integer, Long> nextOffsets = new TreeMap<>();

  /**
   * Messages to a client.
   *
   * @param newerSchema the id of the table's schema, if that is a later one than the reader's
   */
  ScanMessages(
      ServerCallStreamObserver<OutboundFrame> call,
      RowReader reader,
      Supplier<OptionalInt> newerSchema,
      BufferAllocator allocator) {
    this.newerSchema = newerSchema;
    this.call = call;
    this.reader = reader;
    this.allocator = allocator;
  }

  /** Sends the schema, which comes first. */
  void schema() {
    try (OutboundFrame schema = OutboundFrame.schema(reader.schema())) {
      call.onNext(schema);
    }
  }

  /** Sends rows of a page. The page stays until the message has left. */
  void rows(BucketCursor cursor, FetchedPage page, VectorSchemaRoot rows) {
    page.hold();
    page.made(rows.getFieldVectors().stream().mapToLong(FieldVector::getBufferSize).sum());
    send(rows, ScanProgress.of(cursor.range(page.endOffset())), page::release);
    cursor.sent();
    reached(cursor);
  }

  /** Sends how far a bucket was read, when no rows matched. */
  void progress(BucketCursor cursor) {
    empty(ScanProgress.of(cursor.range(cursor.knownEnd)));
    cursor.sent();
    reached(cursor);
  }

  /** Tells where a bucket begins. */
  void begins(BucketCursor cursor) {
    empty(ScanProgress.of(cursor.range(Math.max(cursor.knownEnd, cursor.next))));
  }

  /** Keeps for the summary how far a bucket was read. */
  void reached(BucketCursor cursor) {
    nextOffsets.put(cursor.bucket, cursor.next);
  }

  /** Sends the summary, which comes last. */
  void summary() {
    RowReader.Counts counts = reader.counts();
    empty(
        ScanProgress.of(
            new ScanProgress.Summary(
                nextOffsets,
                counts.batches(),
                counts.batchesSkipped(),
                counts.rows(),
                counts.rowsReturned())));
  }

  private void empty(ScanProgress progress) {
    VectorSchemaRoot none = VectorSchemaRoot.create(reader.schema(), allocator);
    none.allocateNew();
    none.setRowCount(0);
    send(none, progress, () -> {});
  }

  private void send(VectorSchemaRoot rows, ScanProgress progress, Runnable release) {
    try (rows;
        OutboundFrame frame =
            OutboundFrame.rows(rows, progress.withNewer(newerSchema.get()).toJson(), release)) {
      call.onNext(frame);
    }
  }
}
