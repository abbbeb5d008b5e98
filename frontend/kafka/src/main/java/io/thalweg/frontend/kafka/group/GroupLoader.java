package io.thalweg.frontend.kafka.group;

import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.ServerApi;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.Deserializer;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;

/** Reads a bucket of the groups' log from its beginning to its end. One use. */
final class GroupLoader {
  private static final int FETCH_BYTES = 4 << 20;

  private final ServerApi api;
  private final Principal self;
  private final TableBucket bucket;
  private final Executor executor;
  private final Deserializer<CoordinatorRecord> records = new GroupCoordinatorRecordSerde();
  private final CoordinatorPlayback<CoordinatorRecord> playback;
  private long count;
  private long bytes;

  /**
   * A load.
   *
   * @param executor runs what is replayed, one step at a time
   */
  GroupLoader(
      ServerApi api,
      Principal self,
      TableInfo table,
      int partition,
      CoordinatorPlayback<CoordinatorRecord> playback,
      Executor executor) {
    this.api = api;
    this.self = self;
    this.bucket = table.bucket(partition);
    this.playback = playback;
    this.executor = executor;
  }

  /** Replays all; gives where the log ends. */
  CompletableFuture<Long> load() {
    ReadShare share = api.openReads();
    return api.offset(self, bucket, new OffsetSpec.End())
        .thenCompose(
            end ->
                api.offset(self, bucket, new OffsetSpec.Earliest())
                    .thenCompose(start -> replay(start, end, share)))
        .whenComplete((end, failure) -> share.close());
  }

  private CompletableFuture<Long> replay(long from, long end, ReadShare share) {
    if (from >= end) {
      return CompletableFuture.supplyAsync(() -> finish(end), executor);
    }
    return api.fetch(self, new FetchRequest(bucket, from, FETCH_BYTES, 0, ReadSpec.STORED, share))
        .thenApplyAsync(this::replay, executor)
        .thenCompose(next -> replay(next, end, share));
  }

  private long finish(long end) {
    if (end > 0) {
      playback.updateLastWrittenOffset(end);
      playback.updateLastCommittedOffset(end);
    }
    return end;
  }

  private long replay(Fetched fetched) {
    try (fetched) {
      for (Fetched.Batch batch : fetched.batches()) {
        replay((Fetched.LogBatch) batch);
      }
      return fetched.nextOffset();
    }
  }

  private void replay(Fetched.LogBatch stored) {
    ByteBuffer kafka = stored.encoded().kafkaRecords();
    ByteBuffer copy = ByteBuffer.allocate(kafka.remaining());
    copy.put(kafka).flip();
    copy.putLong(0, stored.baseOffset());
    bytes += copy.remaining() - RecordBatchHeader.SIZE;
    for (MutableRecordBatch batch : MemoryRecords.readableRecords(copy).batches()) {
      for (Record record : batch) {
        count++;
        if (batch.isControlBatch()) {
          replayEnd(batch, record);
          continue;
        }
        playback.replay(
            record.offset(),
            batch.producerId(),
            batch.producerEpoch(),
            records.deserialize(record.key(), record.value()));
      }
    }
  }

  private void replayEnd(MutableRecordBatch batch, Record marker) {
    ControlRecordType type = ControlRecordType.parse(marker.key());
    if (type == ControlRecordType.COMMIT || type == ControlRecordType.ABORT) {
      playback.replayEndTransactionMarker(
          batch.producerId(),
          batch.producerEpoch(),
          type == ControlRecordType.COMMIT ? TransactionResult.COMMIT : TransactionResult.ABORT);
    }
  }

  /** Records that were replayed. */
  long count() {
    return count;
  }

  /** Their bytes. */
  long bytes() {
    return bytes;
  }
}
