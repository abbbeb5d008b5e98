package io.thalweg.server.read.time;

import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Finds the greatest time of a bucket's records, or {@code Long.MAX_VALUE} where there is none. The
 * log index knows it, unless the log begins inside its first run: the greatest time of that run may
 * be one of a deleted record, so the rest of the run is looked at. One use; owned by the server's
 * loop.
 */
public final class LatestTime extends TimeSearch {

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
    super(loop, bucket, logs, fetch);
  }

  @Override
  void begin(BucketLog log) {
    List<Run> runs = log.runs();
    if (runs.isEmpty()) {
      found(Long.MAX_VALUE);
      return;
    }
    long later = greatest(runs.subList(1, runs.size()));
    long first = runs.get(0).maxTimestamp();
    if (log.startOffset() == log.firstRunOffset() || first <= later) {
      found(Math.max(first, later));
    } else {
      look(log.startOffset(), runs.get(0).endOffset(), later);
    }
  }

  private static long greatest(List<Run> runs) {
    return runs.stream().mapToLong(Run::maxTimestamp).max().orElse(Long.MIN_VALUE);
  }

  private void look(long offset, long end, long greatest) {
    if (offset >= end) {
      found(greatest);
      return;
    }
    fetch(
        offset,
        greatest,
        fetched -> {
          long best =
              fetched.batches().stream()
                  .mapToLong(batch -> BatchTimes.greatest(batch, offset))
                  .reduce(greatest, Math::max);
          long next = fetched.nextOffset();
          return () -> look(next, end, best);
        });
  }
}
