package io.thalweg.frontend.kafka.request;

import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.server.api.Fetched;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/**
 * Record batches as they lie in the server's memory, each with its place written before it: nothing
 * is copied. Valid while what was fetched is held.
 */
final class FetchedRecords implements BaseRecords {
  /** Nothing. */
  static final FetchedRecords NONE = new FetchedRecords(List.of());

  /** Every server takes records for every partition, so nobody leads another epoch. */
  static final int LEADER_EPOCH = 0;

  /** Most buffers that are given to the channel at a time. */
  private static final int GATHERED = 64;

  private final List<ByteBuffer> pieces;
  private final int size;

  private FetchedRecords(List<ByteBuffer> pieces) {
    this.pieces = pieces;
    this.size = pieces.stream().mapToInt(ByteBuffer::remaining).sum();
  }

  /**
   * What was fetched of a bucket, whole batches. One without records, in whose place there were
   * some before the log was compacted, is told only where nothing follows: a client goes on behind
   * it.
   */
  static FetchedRecords of(Fetched fetched) {
    List<ByteBuffer> pieces = new ArrayList<>(2 * fetched.batches().size());
    Fetched.Batch last =
        fetched.batches().isEmpty() ? null : fetched.batches().get(fetched.batches().size() - 1);
    for (Fetched.Batch batch : fetched.batches()) {
      ByteBuffer records = ((Fetched.LogBatch) batch).encoded().kafkaRecords();
      if (batch != last && RecordBatchHeader.read(records).recordCount() == 0) {
        continue;
      }
      ByteBuffer place = ByteBuffer.allocate(RecordBatchHeader.PLACE_SIZE);
      place.putLong(batch.baseOffset()).putInt(records.getInt(8)).putInt(LEADER_EPOCH).flip();
      pieces.add(place);
      pieces.add(
          records.slice(
              RecordBatchHeader.PLACE_SIZE, records.limit() - RecordBatchHeader.PLACE_SIZE));
    }
    return new FetchedRecords(pieces);
  }

  @Override
  public int sizeInBytes() {
    return size;
  }

  @Override
  public RecordsSend<FetchedRecords> toSend() {
    return new Send(this);
  }

  /** Writes the pieces, as much at a time as the channel takes. */
  private static final class Send extends RecordsSend<FetchedRecords> {
    private final ByteBuffer[] left;
    private int next;

    Send(FetchedRecords records) {
      super(records, records.size);
      this.left = records.pieces.stream().map(ByteBuffer::duplicate).toArray(ByteBuffer[]::new);
    }

    @Override
    protected int writeTo(TransferableChannel channel, int before, int remaining)
        throws IOException {
      int written = 0;
      while (next < left.length) {
        long wrote = channel.write(left, next, Math.min(GATHERED, left.length - next));
        written += (int) wrote;
        while (next < left.length && !left[next].hasRemaining()) {
          next++;
        }
        if (wrote == 0) {
          break;
        }
      }
      return written;
    }
  }
}
