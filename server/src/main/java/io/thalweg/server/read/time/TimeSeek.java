package io.thalweg.server.read.time;

import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Finds the first record of a bucket that was appended at or after a time, or the log's end where
 * there is none: the log index says in which run it is, the run's own times say where. One use;
 * owned by the server's loop.
 */
public final class TimeSeek extends TimeSearch {
  private final long millis;

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
    super(loop, bucket, logs, fetch);
    this.millis = millis;
  }

  @Override
  void begin(BucketLog log) {
    Optional<Run> run = log.firstRunAt(millis);
    if (run.isEmpty()) {
      found(log.endOffset());
    } else {
      look(Math.max(run.get().baseOffset(), log.startOffset()), log.endOffset());
    }
  }

  private void look(long offset, long end) {
    if (offset >= end) {
      found(end);
      return;
    }
    fetch(
        offset,
        millis,
        fetched -> {
          OptionalLong first = find(fetched, offset);
          long next = fetched.nextOffset();
          return first.isPresent() ? () -> found(first.getAsLong()) : () -> look(next, end);
        });
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
