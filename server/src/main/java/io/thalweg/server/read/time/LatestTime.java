package io.thalweg.server.read.time;

import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Finds the greatest time of a bucket's records. The log index knows it, unless the log begins
 * inside its first run: the greatest time of that run may be one of a deleted record, so the rest
 * of the run is looked at. One use; owned by the server's loop.
 */
public final class LatestTime {
  private static final int FETCH_BYTES = 1 << 20;
  private static final int MAX_TRIES = 10;

  private final EventLoop loop;
  private final TableBucket bucket;
  private final Function<TableBucket, BucketLog> logs;
  private final Function<FetchRequest, CompletableFuture<Fetched>> fetch;
  private final CompletableFuture<Long> answer = new CompletableFuture<>();
  private int tries;

  /**
   * A search.
   *
   * @param logs the index of a bucket's log as it is now; throws where the bucket is gone
   */
  public LatestTime(
      EventLoop loop,
      TableBucket bucket,
      Function<TableBucket, BucketLog> logs,
      Function<FetchRequest, CompletableFuture<Fetched>> fetch) {
    this.loop = loop;
    this.bucket = bucket;
    this.logs = logs;
    this.fetch = fetch;
  }

  /** The time; {@code Long.MAX_VALUE} where there is no record. */
  public CompletableFuture<Long> run() {
    begin();
    return answer;
  }

  private void begin() {
    try {
      tries++;
      BucketLog log = logs.apply(bucket);
      List<Run> runs = log.runs();
      if (runs.isEmpty()) {
        answer.complete(Long.MAX_VALUE);
        return;
      }
      long later = greatest(runs.subList(1, runs.size()));
      long first = runs.get(0).maxTimestamp();
      if (log.startOffset() == log.firstRunOffset() || first <= later) {
        answer.complete(Math.max(first, later));
      } else {
        look(log.startOffset(), runs.get(0).endOffset(), later);
      }
    } catch (ThalwegException gone) {
      answer.completeExceptionally(gone);
    }
  }

  private static long greatest(List<Run> runs) {
    return runs.stream().mapToLong(Run::maxTimestamp).max().orElse(Long.MIN_VALUE);
  }

  private void look(long offset, long end, long greatest) {
    if (offset >= end) {
      answer.complete(greatest);
      return;
    }
    loop.handle(
        fetch.apply(new FetchRequest(bucket, offset, FETCH_BYTES, 0, ReadSpec.times(greatest))),
        (fetched, failure) -> {
          if (failure != null) {
            failed(failure);
            return;
          }
          long found = greatest;
          long next;
          try (fetched) {
            for (Fetched.Batch batch : fetched.batches()) {
              found = Math.max(found, BatchTimes.greatest(batch, offset));
            }
            next = fetched.nextOffset();
          }
          look(next, end, found);
        });
  }

  private void failed(Throwable failure) {
    boolean trimmed =
        failure instanceof ThalwegException error && error.code() == ErrorCode.OFFSET_OUT_OF_RANGE;
    if (trimmed && tries < MAX_TRIES) {
      begin();
    } else {
      answer.completeExceptionally(failure);
    }
  }
}
