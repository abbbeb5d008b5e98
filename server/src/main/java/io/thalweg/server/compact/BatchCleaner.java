package io.thalweg.server.compact;

import io.thalweg.coordinator.state.BucketTransactions;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.kafka.RecordCleaner;
import io.thalweg.server.api.Fetched;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says what stays of each batch of a bucket when its log is compacted by key. First it sees the new
 * batches ({@link #note}), then all of them ({@link #clean}). One thread at a time.
 *
 * <p>A record goes when a later one has its key, when its transaction was aborted, or when it has
 * no key. The end of a key, and of a transaction, stays for a while after it was first seen here,
 * so that whoever reads meanwhile hears of it. Of a log in which the state ends no transactions, as
 * their owner does, they stay as they are: their ends mean something to the owner alone.
 */
final class BatchCleaner {
  /** The last time that a horizon can name: it is an unsigned {@code int}. */
  private static final long MAX_SECONDS = 0xFFFF_FFFFL;

  private final KeyOffsets keys = new KeyOffsets();
  private final Map<Long, List<BucketTransactions.Aborted>> aborted = new HashMap<>();
  private final boolean owned;
  private final long nowSeconds;
  private final long retentionSeconds;

  /**
   * A cleaner of one bucket.
   *
   * @param aborted the transactions of the bucket that are void
   * @param owned whether its owner, and not the state, ends transactions in its log
   * @param nowMillis cluster time
   * @param retention for how long ends of keys and transactions stay
   */
  BatchCleaner(
      List<BucketTransactions.Aborted> aborted, boolean owned, long nowMillis, Duration retention) {
    for (BucketTransactions.Aborted each : aborted) {
      this.aborted.computeIfAbsent(each.writerId(), none -> new ArrayList<>()).add(each);
    }
    this.owned = owned;
    this.nowSeconds = nowMillis / 1_000;
    this.retentionSeconds = retention.toSeconds();
  }

  /** Notes the keys of a batch; batches come in the order of their offsets. */
  void note(Fetched.LogBatch batch) {
    KafkaBody body = new KafkaBody(batch.encoded());
    RecordBatchHeader header = body.header();
    if (header.isControl() || stays(header) || isVoid(header, batch.baseOffset())) {
      return;
    }
    RecordCleaner.clean(
        batch.encoded().kafkaRecords(),
        KafkaBody.MAX_DECOMPRESSED,
        (delta, key, hasValue) -> {
          if (key != null) {
            keys.add(key, batch.baseOffset() + delta);
          }
          return true;
        });
  }

  /** Bytes of what was noted. */
  long bytes() {
    return keys.bytes();
  }

  private boolean stays(RecordBatchHeader header) {
    return owned && header.isTransactional();
  }

  private boolean isVoid(RecordBatchHeader header, long offset) {
    return header.isTransactional()
        && aborted.getOrDefault(header.producerId(), List.of()).stream()
            .anyMatch(each -> each.firstOffset() <= offset && offset < each.markerOffset());
  }

  /** The batch as it stays, in its durable form; empty where nothing of it does. */
  Optional<ByteBuffer> clean(Fetched.LogBatch batch) {
    KafkaBody body = new KafkaBody(batch.encoded());
    RecordBatchHeader header = body.header();
    if (header.recordCount() == 0) {
      return Optional.empty();
    }
    if (stays(header) || (owned && header.isControl())) {
      return Optional.of(copy(batch.encoded()));
    }
    int horizon = body.horizonSeconds();
    boolean endsGo = horizon != 0 && Integer.toUnsignedLong(horizon) <= nowSeconds;
    if (header.isControl()) {
      return endsGo ? Optional.empty() : body.cleaned((d, k, v) -> true, () -> horizon(horizon));
    }
    if (isVoid(header, batch.baseOffset())) {
      return Optional.empty();
    }
    boolean[] hasEnds = new boolean[1];
    return body.cleaned(
        (delta, key, hasValue) -> {
          boolean stays =
              key != null
                  && (hasValue || !endsGo)
                  && keys.newest(key) <= batch.baseOffset() + delta;
          hasEnds[0] |= stays && !hasValue;
          return stays;
        },
        () -> hasEnds[0] ? horizon(horizon) : 0);
  }

  private int horizon(int before) {
    return before != 0 ? before : (int) Math.min(MAX_SECONDS, nowSeconds + retentionSeconds);
  }

  private static ByteBuffer copy(EncodedBatch batch) {
    return ByteBuffer.allocate(batch.length()).put(batch.bytes()).flip();
  }
}
