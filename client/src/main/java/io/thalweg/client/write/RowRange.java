package io.thalweg.client.write;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.json.AppendAck;
import io.thalweg.wire.OwnRows;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/**
 * Consecutive rows of vectors that make one batch. Immutable; any thread.
 *
 * @param first the first row, from 0
 * @param count the number of rows
 * @param bytes about how many bytes they take
 */
public record RowRange(int first, int count, long bytes) {

  /**
   * Splits {@code rows} into ranges of at most {@code limit} bytes and at most as many rows as a
   * batch may have; one row alone may have more bytes.
   */
  public static List<RowRange> split(VectorSchemaRoot rows, long limit) {
    List<RowRange> ranges = new ArrayList<>();
    split(rows, 0, rows.getRowCount(), limit, ranges);
    return ranges;
  }

  private static void split(
      VectorSchemaRoot rows, int first, int count, long limit, List<RowRange> ranges) {
    long bytes = bytes(rows, first, count);
    if ((bytes <= limit && count <= BatchHeader.MAX_RECORDS) || count == 1) {
      ranges.add(new RowRange(first, count, bytes));
      return;
    }
    int half = count / 2;
    split(rows, first, half, limit, ranges);
    split(rows, first + half, count - half, limit, ranges);
  }

  private static long bytes(VectorSchemaRoot rows, int first, int count) {
    if (count == rows.getRowCount()) {
      return rows.getFieldVectors().stream().mapToLong(FieldVector::getBufferSize).sum();
    }
    try (VectorSchemaRoot part = rows.slice(first, count)) {
      return part.getFieldVectors().stream().mapToLong(FieldVector::getBufferSize).sum();
    }
  }

  /** A copy of the rows in memory of {@code allocator}. */
  public ArrowRecordBatch copy(VectorSchemaRoot rows, BufferAllocator allocator) {
    if (count == rows.getRowCount()) {
      return OwnRows.copied(rows, allocator);
    }
    try (VectorSchemaRoot part = rows.slice(first, count)) {
      return OwnRows.copied(part, allocator);
    }
  }

  /** One acknowledgement of all batches, in order; fails if one of them does. */
  public static CompletableFuture<AppendAck> all(List<CompletableFuture<AppendAck>> acks) {
    return acks.size() == 1
        ? acks.get(0)
        : CompletableFuture.allOf(acks.toArray(CompletableFuture[]::new))
            .thenApply(
                done ->
                    new AppendAck(
                        acks.stream().flatMap(ack -> ack.join().parts().stream()).toList()));
  }
}
