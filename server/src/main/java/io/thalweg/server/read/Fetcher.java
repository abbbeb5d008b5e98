package io.thalweg.server.read;

import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.coordinator.state.Run;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.cache.BlockCache;
import io.thalweg.server.cache.TailCache;
import io.thalweg.server.replica.Replica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Finds the batches of a bucket from an offset on, wherever they live. Owned by the server's loop,
 * on which every future that it gives completes.
 */
public final class Fetcher implements Replica.Listener {
  private static final int MAX_TRIES = 3;
  private static final int MAX_WAITING = 100_000;

  private final EventLoop loop;
  private final Replica replica;
  private final TailCache tail;
  private final BlockCache blocks;
  private final RunLoader loader;
  private final Map<TableBucket, List<Waiting>> waiting = new TreeMap<>();
  private final Map<Run, CompletableFuture<Void>> loading = new HashMap<>();
  private int waitingCount;
  private boolean closed;

  private record Waiting(
      FetchRequest request, CompletableFuture<Fetched> answer, EventLoop.Cancellable timer) {}

  /** A fetcher over the server's replica and caches. */
  public Fetcher(
      EventLoop loop, Replica replica, TailCache tail, BlockCache blocks, RunLoader loader) {
    this.loop = loop;
    this.replica = replica;
    this.tail = tail;
    this.blocks = blocks;
    this.loader = loader;
  }

  private BucketLog log(TableBucket bucket) {
    Optional<BucketState> state = replica.state().bucket(bucket);
    if (state.isEmpty()) {
      boolean table = replica.state().catalog().table(bucket.tableId()).isPresent();
      throw new ThalwegException(
          table ? ErrorCode.BUCKET_NOT_FOUND : ErrorCode.TABLE_NOT_FOUND,
          table
              ? "table " + bucket.tableId() + " has no bucket " + bucket.bucket()
              : "there is no table with id " + bucket.tableId() + "; it was dropped");
    }
    return state.get().log();
  }

  /** Resolves an offset. */
  public CompletableFuture<Long> offset(TableBucket bucket, OffsetSpec spec) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    loop.handle(
        replica.current(),
        (current, failure) -> {
          if (failure != null) {
            answer.completeExceptionally(failure);
            return;
          }
          try {
            answer.complete(resolve(log(bucket), spec));
          } catch (ThalwegException unknown) {
            answer.completeExceptionally(unknown);
          }
        });
    return answer;
  }

  private static long resolve(BucketLog log, OffsetSpec spec) {
    if (spec instanceof OffsetSpec.Earliest) {
      return log.startOffset();
    }
    return spec instanceof OffsetSpec.AtTimestamp at
        ? log.offsetForTimestamp(at.millis()).orElse(log.endOffset())
        : log.endOffset();
  }

  /** Fetches; waits at the end of the bucket. */
  public CompletableFuture<Fetched> fetch(FetchRequest request) {
    CompletableFuture<Fetched> answer = new CompletableFuture<>();
    if (isAhead(request)) {
      catchUp(request, answer);
    } else {
      attempt(request, answer, 1);
    }
    return answer;
  }

  /**
   * The reader may know more than this replica does, from another server: a bucket that was made a
   * moment ago, or records that were.
   */
  private boolean isAhead(FetchRequest request) {
    return replica
        .state()
        .bucket(request.bucket())
        .map(bucket -> request.offset() > bucket.log().endOffset())
        .orElse(true);
  }

  private void catchUp(FetchRequest request, CompletableFuture<Fetched> answer) {
    loop.handle(
        replica.current(),
        (current, failure) -> {
          if (failure != null) {
            answer.completeExceptionally(failure);
          } else {
            attempt(request, answer, 1);
          }
        });
  }

  private void attempt(FetchRequest request, CompletableFuture<Fetched> answer, int tries) {
    try {
      if (closed) {
        throw closing();
      }
      BucketLog log = log(request.bucket());
      if (request.offset() < log.startOffset() || request.offset() > log.endOffset()) {
        throw outOfRange(request, log);
      }
      if (request.offset() == log.endOffset()) {
        await(request, answer, log);
      } else {
        collect(request, answer, log, tries);
      }
    } catch (ThalwegException failure) {
      answer.completeExceptionally(failure);
    }
  }

  private static ThalwegException outOfRange(FetchRequest request, BucketLog log) {
    return new ThalwegException(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        "bucket "
            + request.bucket()
            + " holds offsets "
            + log.startOffset()
            + " to "
            + log.endOffset()
            + ", not "
            + request.offset());
  }

  private void await(FetchRequest request, CompletableFuture<Fetched> answer, BucketLog log) {
    if (request.waitNanos() <= 0) {
      answer.complete(empty(request, log));
      return;
    }
    if (waitingCount >= MAX_WAITING) {
      throw new ThalwegException(
          ErrorCode.OVERLOADED, "too many readers wait for new records; try again shortly");
    }
    EventLoop.Cancellable timer =
        loop.schedule(request.waitNanos(), () -> timeUp(request.bucket(), answer));
    waiting
        .computeIfAbsent(request.bucket(), none -> new ArrayList<>())
        .add(new Waiting(request, answer, timer));
    waitingCount++;
  }

  private static Fetched empty(FetchRequest request, BucketLog log) {
    return new Fetched(List.of(), request.offset(), log.startOffset(), log.endOffset());
  }

  private void timeUp(TableBucket bucket, CompletableFuture<Fetched> answer) {
    List<Waiting> readers = waiting.getOrDefault(bucket, List.of());
    for (Waiting reader : readers) {
      if (reader.answer == answer) {
        readers.remove(reader);
        waitingCount--;
        FetchRequest now = reader.request;
        attempt(new FetchRequest(bucket, now.offset(), now.maxBytes(), 0), answer, 1);
        break;
      }
    }
    if (readers.isEmpty()) {
      waiting.remove(bucket);
    }
  }

  private void wake(TableBucket bucket) {
    List<Waiting> readers = waiting.remove(bucket);
    if (readers != null) {
      waitingCount -= readers.size();
      for (Waiting reader : readers) {
        reader.timer.cancel();
        attempt(reader.request, reader.answer, 1);
      }
    }
  }

  @Override
  public void applied(Command command, Reply reply) {
    if (command instanceof Command.Commit commit) {
      commit.entries().forEach(entry -> wake(entry.bucket()));
    } else if (command instanceof Command.DropTable) {
      jumped();
    }
  }

  @Override
  public void jumped() {
    List.copyOf(waiting.keySet()).forEach(this::wake);
  }

  /** Gathers what is in memory; where the first batch is not, reads its run and comes back. */
  private void collect(
      FetchRequest request, CompletableFuture<Fetched> answer, BucketLog log, int tries) {
    List<Fetched.Batch> found = new ArrayList<>();
    long offset = request.offset();
    long bytes = 0;
    int run = log.indexOf(offset);
    while (offset < log.endOffset() && (found.isEmpty() || bytes < request.maxBytes())) {
      while (log.runs().get(run).endOffset() <= offset) {
        run++;
      }
      Fetched.Batch next = cached(request.bucket(), offset, log.runs().get(run));
      if (next == null) {
        break;
      }
      found.add(next);
      bytes += next.encoded().length();
      offset = next.endOffset();
    }
    if (found.isEmpty()) {
      load(request, answer, log.runs().get(run), tries);
      return;
    }
    Fetched fetched = new Fetched(found, offset, log.startOffset(), log.endOffset());
    if (!answer.complete(fetched)) {
      fetched.close();
    }
  }

  private Fetched.Batch cached(TableBucket bucket, long offset, Run run) {
    Fetched.Batch newest = tail.get(bucket, offset);
    if (newest != null) {
      return newest;
    }
    List<Fetched.Batch> block = blocks.get(bucket, run);
    if (block == null) {
      return null;
    }
    for (Fetched.Batch batch : block) {
      if (offset < batch.endOffset()) {
        batch.encoded().retain();
        return batch;
      }
    }
    return null;
  }

  private void load(FetchRequest request, CompletableFuture<Fetched> answer, Run run, int tries) {
    CompletableFuture<Void> shared = loading.get(run);
    if (shared == null) {
      CompletableFuture<Void> mine = new CompletableFuture<>();
      loading.put(run, mine);
      shared = mine;
      loop.handle(
          loader.load(request.bucket(), run),
          (batches, failure) -> {
            loading.remove(run);
            if (failure == null && closed) {
              batches.forEach(batch -> batch.encoded().close());
              mine.completeExceptionally(closing());
            } else if (failure == null) {
              blocks.add(request.bucket(), run, batches);
              mine.complete(null);
            } else {
              mine.completeExceptionally(failure);
            }
          });
    }
    loop.handle(shared, (done, failure) -> loaded(request, answer, run, tries, failure));
  }

  private void loaded(
      FetchRequest request,
      CompletableFuture<Fetched> answer,
      Run run,
      int tries,
      Throwable failure) {
    if (failure == null) {
      // Another reader's run may have pushed this one out already; then it is read again.
      attempt(request, answer, tries);
    } else if (!(failure instanceof RunLoader.Moved moved)) {
      answer.completeExceptionally(failure);
    } else if (tries < MAX_TRIES) {
      CompletableFuture<Void> known =
          moved.appliedIndex > 0 ? replica.applied(moved.appliedIndex) : replica.current();
      loop.handle(
          known,
          (done, unavailable) -> {
            if (unavailable == null) {
              attempt(request, answer, tries + 1);
            } else {
              answer.completeExceptionally(unavailable);
            }
          });
    } else {
      answer.completeExceptionally(
          new ThalwegException(
              ErrorCode.CORRUPT_DATA, RunLoader.where(request.bucket(), run) + " is missing"));
    }
  }

  private static ThalwegException closing() {
    return new ThalwegException(ErrorCode.CLOSING, "the server is closing");
  }

  /** Ends every waiting reader; the caches are not touched from now on. */
  public void close() {
    closed = true;
    waiting
        .values()
        .forEach(
            readers ->
                readers.forEach(
                    reader -> {
                      reader.timer.cancel();
                      reader.answer.completeExceptionally(closing());
                    }));
    waiting.clear();
    waitingCount = 0;
  }
}
