package io.thalweg.server.read.isolation;

import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.BucketTransactions;
import io.thalweg.format.batch.BodyFormat;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps records of aborted transactions, and the batches that end transactions, from readers of
 * rows; tells readers of stored batches which these are. Stateless.
 */
public final class VoidRecords {
  private VoidRecords() {}

  /** The batch, or, in its place, that there is nothing for this reader. */
  public static Fetched.Batch hide(
      Fetched.Batch batch, FetchRequest request, BucketState bucket, ReadRules rules) {
    if (request.wants().stored()
        || request.wants().uncommitted()
        || !bucket.transactions().isMarked()
        || !(batch instanceof Fetched.LogBatch log)
        || log.encoded().header().bodyFormat() != BodyFormat.KAFKA) {
      return batch;
    }
    RecordBatchHeader header = new KafkaBody(log.encoded()).header();
    boolean isVoid =
        header.isControl()
            || (header.isTransactional()
                && rules.isVoid(
                    bucket.transactions().isAborted(header.producerId(), log.baseOffset())));
    if (!isVoid) {
      return batch;
    }
    batch.close();
    return new Fetched.Skipped(log.baseOffset(), log.recordCount());
  }

  /** The aborted transactions with records, or their end, from the request's offset to here. */
  public static List<Fetched.Aborted> among(
      FetchRequest request, long end, BucketState bucket, ReadRules rules) {
    if (!request.wants().stored() || request.wants().uncommitted()) {
      return List.of();
    }
    return bucket.transactions().abortedBetween(request.offset(), end).stream()
        .filter(aborted -> rules.isVoid(true))
        .sorted(Comparator.comparingLong(BucketTransactions.Aborted::firstOffset))
        .map(each -> new Fetched.Aborted(each.writerId(), each.firstOffset()))
        .toList();
  }
}
