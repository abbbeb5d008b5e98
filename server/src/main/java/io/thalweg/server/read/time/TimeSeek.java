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
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Finds the first record of a bucket that was appended at or after a time: the log index says in
 * which run it is, the run's own times say where. One use; owned by the server's loop.
 */
public final class TimeSeek {
  private static final int FETCH_BYTES = 1 << 20;
  private static final int MAX_TRIES = 10;

  private final EventLoop loop;
  private final TableBucket bucket;
  private final long millis;
  private final Function<TableBucket, BucketLog> logs;
  private final Function<FetchRequest, CompletableFuture<Fetched>> fetch;
  private final CompletableFuture<Long> answer = new CompletableFuture<>();
  private int tries;

  /**
   * A search.
   *
   * @param logs the index of a bucket's log as it is now; throws where the bucket is gone
   */
  public TimeSeek(
      EventLoop loop,
      TableBucket bucket,
      long millis,
      Function<TableBucket, BucketLog> logs,
      Function<FetchRequest, CompletableFuture<Fetched>> fetch) {
    this.loop = loop;
    this.bucket = bucket;
    this.millis = millis;
    this.logs = logs;
    this.fetch = fetch;
  }

  /** The offset; the log's end where there is no such record. */
  public CompletableFuture<Long> run() {
    begin();
    return answer;
  }

  private void begin() {
    try {
      tries++;
      BucketLog log = logs.apply(bucket);
      Optional<Run> run = log.firstRunAt(millis);
      if (run.isEmpty()) {
        answer.complete(log.endOffset());
      } else {
        look(Math.max(run.get().baseOffset(), log.startOffset()), log.endOffset());
      }
    } catch (ThalwegException gone) {
      answer.completeExceptionally(gone);
    }
  }

  private void look(long offset, long end) {
    if (offset >= end) {
      answer.complete(end);
      return;
    }
    loop.handle(
        fetch.apply(new FetchRequest(bucket, offset, FETCH_BYTES, 0, ReadSpec.times(millis))),
        (fetched, failure) -> {
          if (failure != null) {
            failed(failure);
            return;
          }
          OptionalLong found;
          long next;
          try (fetched) {
            found = find(fetched, offset);
            next = fetched.nextOffset();
          }
          if (found.isPresent()) {
            answer.complete(found.getAsLong());
          } else {
            look(next, end);
          }
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

  private OptionalLong find(Fetched fetched, long from) {
    for (Fetched.Batch batch : fetched.batches()) {
      OptionalLong found = BatchTimes.firstAtOrAfter(batch, millis, from);
      if (found.isPresent()) {
        return found;
      }
    }
    return OptionalLong.empty();
  }
}
