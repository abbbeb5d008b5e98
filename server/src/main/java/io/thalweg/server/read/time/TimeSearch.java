package io.thalweg.server.read.time;

import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A search in a bucket's log that begins anew where the log was trimmed meanwhile. One use; owned
 * by the server's loop.
 */
abstract class TimeSearch {
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
  TimeSearch(
      EventLoop loop,
      TableBucket bucket,
      Function<TableBucket, BucketLog> logs,
      Function<FetchRequest, CompletableFuture<Fetched>> fetch) {
    this.loop = loop;
    this.bucket = bucket;
    this.logs = logs;
    this.fetch = fetch;
  }

  /** Begins; the future completes with what is found, or fails. */
  public final CompletableFuture<Long> run() {
    begin();
    return answer;
  }

  private void begin() {
    try {
      tries++;
      begin(logs.apply(bucket));
    } catch (ThalwegException gone) {
      answer.completeExceptionally(gone);
    }
  }

  /** Finds the answer in the log's index, or looks at records. */
  abstract void begin(BucketLog log);

  final void found(long value) {
    answer.complete(value);
  }

  /**
   * Fetches the times of records from {@code offset} on.
   *
   * @param since records before it may be left out
   * @param look takes what it wants of them and returns what is to be done next, once they are
   *     given back
   */
  final void fetch(long offset, long since, Function<Fetched, Runnable> look) {
    loop.handle(
        fetch.apply(new FetchRequest(bucket, offset, FETCH_BYTES, 0, ReadSpec.times(since))),
        (fetched, failure) -> {
          if (failure != null) {
            failed(failure);
            return;
          }
          Runnable next;
          try (fetched) {
            next = look.apply(fetched);
          }
          next.run();
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
