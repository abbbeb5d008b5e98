package io.thalweg.server.read;

import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.ReadPermit;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.cache.BlockCache;
import io.thalweg.server.cache.TailCache;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.meter.ServerMeters;
import io.thalweg.server.read.isolation.ReadRules;
import io.thalweg.server.read.isolation.VoidRecords;
import io.thalweg.server.read.time.LatestTime;
import io.thalweg.server.read.time.TimeSeek;
import io.thalweg.server.replica.Replica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Fetches the batches of a bucket from an offset on, wherever they live. Owned by the server's
 * loop; its futures complete there.
 */
public final class Fetcher implements Replica.Listener {
  private static final int MAX_TRIES = 3;
  private static final int MAX_BATCHES = 10_000;

  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final BatchSources sources;
  private final LoadQueue loads;
  private final Prefetch prefetch;
  private final WaitingFetches waiting;
  private final Histogram loadTime;
  private final ReadRules rules;
  private final Map<Object, CompletableFuture<Void>> loading = new HashMap<>();
  private boolean closed;

  /**
   * A fetcher over the server's replica and caches.
   *
   * @param loadMemory bytes that may be read back at one time
   */
  public Fetcher(
      ServerContext context,
      TailCache tail,
      BlockCache blocks,
      RunLoader loader,
      SegmentReader segments,
      long loadMemory,
      ReadRules rules) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.replica = context.replica();
    this.sources = new BatchSources(replica, tail, blocks, loader, segments);
    this.loads = new LoadQueue(loadMemory, context.meters());
    this.prefetch = new Prefetch(blocks);
    this.waiting = new WaitingFetches(loop, context.meters());
    this.rules = rules;
    this.loadTime = context.meters().histogram(ServerMeters.LOAD_TIME);
  }

  private BucketLog log(TableBucket bucket) {
    Optional<BucketState> state = replica.state().bucket(bucket);
    if (state.isEmpty()) {
      boolean table = replica.state().catalog().tableOf(bucket.storage()).isPresent();
      throw new ThalwegException(
          table ? ErrorCode.BUCKET_NOT_FOUND : ErrorCode.TABLE_NOT_FOUND,
          table
              ? "there is no " + replica.state().catalog().name(bucket)
              : "the table, or its partition, is not there any more; it was dropped");
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
            BucketLog log = log(bucket);
            if (spec instanceof OffsetSpec.AtTimestamp at) {
              seek(bucket, at.millis(), answer);
              return;
            }
            if (spec instanceof OffsetSpec.OfLatestTime) {
              loop.handle(
                  new LatestTime(loop, bucket, this::log, this::fetch).run(),
                  (millis, unknown) -> {
                    if (unknown != null) {
                      answer.completeExceptionally(unknown);
                    } else {
                      seek(bucket, millis, answer);
                    }
                  });
              return;
            }
            answer.complete(
                spec instanceof OffsetSpec.Earliest
                    ? log.startOffset()
                    : spec instanceof OffsetSpec.End ? log.endOffset() : stable(bucket));
          } catch (ThalwegException unknown) {
            answer.completeExceptionally(unknown);
          }
        });
    return answer;
  }

  private long stable(TableBucket bucket) {
    return stable(replica.state().bucket(bucket).orElseThrow());
  }

  private long stable(BucketState bucket) {
    return rules.readableTo(bucket.lastStableOffset(), bucket.log().endOffset());
  }

  /** Where the log ends for that reader. */
  private long end(FetchRequest request, BucketState bucket) {
    return request.wants().uncommitted() ? bucket.log().endOffset() : stable(bucket);
  }

  private long end(FetchRequest request) {
    return end(request, replica.state().bucket(request.bucket()).orElseThrow());
  }

  private void seek(TableBucket bucket, long millis, CompletableFuture<Long> answer) {
    loop.handle(
        new TimeSeek(loop, bucket, millis, this::log, this::fetch).run(),
        (offset, unknown) -> {
          if (unknown != null) {
            answer.completeExceptionally(unknown);
          } else {
            answer.complete(offset);
          }
        });
  }

  /** Fetches; waits at the end of the bucket. */
  public CompletableFuture<Fetched> fetch(FetchRequest request) {
    CompletableFuture<Fetched> answer = new CompletableFuture<>();
    if (isAhead(request)) {
      catchUp(request, answer);
    } else {
      attempt(new PendingFetch(request, answer), 1);
    }
    return answer;
  }

  /**
   * Whether the reader knows more than this replica does. It may have heard from another server of
   * a bucket or of records that were made a moment ago.
   */
  private boolean isAhead(FetchRequest request) {
    return replica
        .state()
        .bucket(request.bucket())
        .map(bucket -> request.offset() > bucket.log().endOffset())
        .orElse(true);
  }

  private void catchUp(FetchRequest request, CompletableFuture<Fetched> answer) {
    long began = clock.nanoTime();
    loop.handle(
        replica.current(),
        (current, failure) -> {
          if (failure != null) {
            answer.completeExceptionally(failure);
          } else {
            long left = request.waitNanos() - (clock.nanoTime() - began);
            attempt(new PendingFetch(request.waiting(Math.max(0, left)), answer), 1);
          }
        });
  }

  private void attempt(PendingFetch fetch, int tries) {
    FetchRequest request = fetch.request;
    try {
      if (closed) {
        throw closing();
      }
      BucketLog log = log(request.bucket());
      if (request.offset() < log.startOffset() || request.offset() > log.endOffset()) {
        throw outOfRange(request, log);
      }
      if (request.offset() >= end(request)) {
        fetch.giveBack();
        await(request, fetch.answer, log);
      } else if (fetch.reserved()) {
        collect(fetch, log, tries);
      } else {
        ReadShare share = request.share();
        reserve(
            fetch,
            Math.max(share.usual(), 2L * Math.min(request.maxBytes(), share.piece())),
            tries);
      }
    } catch (ThalwegException failure) {
      fetch.fail(failure);
    }
  }

  /** Sets memory aside, and continues once it has it. */
  private void reserve(PendingFetch fetch, long bytes, int tries) {
    CompletableFuture<ReadPermit> asked = fetch.request.share().reserve(bytes);
    ReadPermit granted = asked.isCompletedExceptionally() ? null : asked.getNow(null);
    if (granted != null) {
      fetch.reserved(granted);
      attempt(fetch, tries);
      return;
    }
    loop.handle(
        asked,
        (permit, refused) -> {
          if (refused != null) {
            fetch.fail(refused);
          } else {
            fetch.reserved(permit);
            attempt(fetch, tries);
          }
        });
  }

  private ThalwegException outOfRange(FetchRequest request, BucketLog log) {
    return new ThalwegException(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        replica.state().catalog().name(request.bucket())
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
    FetchRequest atLast = request.waiting(0);
    waiting.add(request, answer, () -> attempt(new PendingFetch(atLast, answer), 1));
  }

  private Fetched empty(FetchRequest request, BucketLog log) {
    return new Fetched(
        List.of(),
        request.offset(),
        log.startOffset(),
        told(request, log),
        stable(request.bucket()),
        List.of(),
        ReadPermit.NONE);
  }

  /** The end that a reader is told: whoever reads rows knows nothing of open transactions. */
  private long told(FetchRequest request, BucketLog log) {
    return request.wants().stored() ? log.endOffset() : end(request);
  }

  /**
   * Answers the readers that are no longer at the end of the bucket. The others keep waiting, for
   * no longer than they asked for.
   */
  private void wake(TableBucket bucket) {
    if (!waiting.any(bucket)) {
      return;
    }
    Optional<BucketState> now = replica.state().bucket(bucket);
    waiting
        .take(bucket, each -> now.isEmpty() || isOver(each.request(), now.get()))
        .forEach(woken -> attempt(new PendingFetch(woken.request(), woken.answer()), 1));
  }

  private boolean isOver(FetchRequest waiting, BucketState now) {
    return end(waiting, now) > waiting.offset() || now.log().endOffset() < waiting.offset();
  }

  /** Wakes readers where a log grew, or its table or partition was dropped. */
  @Override
  public void bucketsChanged(Set<TableBucket> buckets) {
    buckets.forEach(this::wake);
  }

  @Override
  public void jumped() {
    waiting.buckets().forEach(this::wake);
  }

  /** Gathers the batches that are in memory. If the first one is not, loads it and tries again. */
  private void collect(PendingFetch fetch, BucketLog log, int tries) {
    FetchRequest request = fetch.request;
    BucketState bucket = replica.state().bucket(request.bucket()).orElseThrow();
    long end = end(request, bucket);
    List<Fetched.Batch> found = new ArrayList<>();
    long offset = request.offset();
    long bytes = 0;
    long memory = 0;
    int run = log.indexOf(offset);
    BatchSources.Missing missing = null;
    Object block = null;
    while (offset < end
        && found.size() < MAX_BATCHES
        && (found.isEmpty() || bytes < request.maxBytes())) {
      while (log.runs().get(run).endOffset() <= offset) {
        run++;
      }
      BatchSources.Lookup next = sources.look(request, offset, log.runs().get(run));
      if (next instanceof BatchSources.Missing notHere) {
        missing = notHere;
        break;
      }
      Fetched.Batch batch =
          VoidRecords.hide(((BatchSources.Found) next).batch(), request, bucket, rules);
      // Pieces of a segment and batches of the tail end at different offsets: a batch that overlaps
      // what was found already is the first of the next fetch, as one is that would be too much.
      if (!found.isEmpty()
          && (batch.baseOffset() < offset || bytes + batch.bytes() > request.maxBytes())) {
        batch.close();
        break;
      }
      long needed = request.wants().stored() ? batch.bytes() : batch.memory();
      if (!fetch.fits(memory + needed)) {
        batch.close();
        if (found.isEmpty()) {
          // A fetch gives at least one batch, so it waits until there is room for this one.
          fetch.giveBack();
          reserve(fetch, needed, tries);
          return;
        }
        break;
      }
      found.add(batch);
      block = ((BatchSources.Found) next).block();
      if (block != null) {
        prefetch.used(block);
      }
      bytes += batch.bytes();
      memory += needed;
      offset = batch.endOffset();
    }
    if (found.isEmpty() && missing != null) {
      load(fetch, missing, tries);
      return;
    }
    Fetched fetched =
        new Fetched(
            found,
            offset,
            log.startOffset(),
            told(request, log),
            stable(bucket),
            VoidRecords.among(request, offset, bucket, rules),
            fetch.hand(memory));
    if (!fetch.answer.complete(fetched)) {
      fetched.close();
    }
    if (block != null) {
      prefetch(request, offset);
    }
  }

  /**
   * Begins to load what the reader will want after {@code offset} while it works on its answer.
   * Only for a reader that reads in sequence, and only while no load waits for room.
   */
  private void prefetch(FetchRequest request, long offset) {
    if (closed || !prefetch.answered(request.bucket(), request.offset(), offset)) {
      return;
    }
    Optional<BucketState> bucket = replica.state().bucket(request.bucket());
    if (bucket.isEmpty() || offset < bucket.get().log().startOffset()) {
      return;
    }
    for (BatchSources.Missing each : sources.ahead(request, offset, bucket.get().log())) {
      if (loading.containsKey(each.key())
          || !loads.isFree(each.memory())
          || !prefetch.begin(each)) {
        return;
      }
      var unused =
          load(each)
              .whenComplete(
                  (done, failure) -> {
                    if (failure != null) {
                      // The reader loads it again, and hears of the failure then.
                      prefetch.failed(each.key());
                    }
                  });
    }
  }

  private void load(PendingFetch fetch, BatchSources.Missing missing, int tries) {
    // Continues at once, before another block can evict this one.
    var unused =
        load(missing)
            .whenComplete(
                (done, failure) ->
                    loaded(fetch, missing.run(), tries, EventLoop.unwrapped(failure)));
  }

  /** Loads a block once for all readers that want it. */
  private CompletableFuture<Void> load(BatchSources.Missing missing) {
    CompletableFuture<Void> shared = loading.get(missing.key());
    if (shared != null) {
      return shared;
    }
    CompletableFuture<Void> mine = new CompletableFuture<>();
    loading.put(missing.key(), mine);
    long began = clock.nanoTime();
    loop.handle(
        loads.load(missing.memory(), missing.read()),
        (keep, failure) -> {
          loading.remove(missing.key());
          loadTime.record(clock.nanoTime() - began);
          if (failure == null) {
            keep.run();
          }
          if (failure == null && !closed) {
            mine.complete(null);
          } else {
            mine.completeExceptionally(failure == null ? closing() : failure);
          }
          loads.ended(missing.memory());
        });
    return mine;
  }

  private void loaded(PendingFetch fetch, Run run, int tries, Throwable failure) {
    if (failure == null) {
      // Another reader's block may have evicted this one already; then it is loaded again.
      attempt(fetch, tries);
    } else if (isDamage(failure) && tries < MAX_TRIES) {
      // Bytes that were damaged only on the way arrive intact the next time.
      attempt(fetch, tries + 1);
    } else if (!(failure instanceof RunLoader.Moved moved)) {
      fetch.fail(failure);
    } else if (tries < MAX_TRIES) {
      CompletableFuture<Void> known =
          moved.appliedIndex > 0 ? replica.applied(moved.appliedIndex) : replica.current();
      loop.handle(
          known,
          (done, unavailable) -> {
            if (unavailable == null) {
              attempt(fetch, tries + 1);
            } else {
              fetch.fail(unavailable);
            }
          });
    } else {
      fetch.fail(
          new ThalwegException(
              ErrorCode.CORRUPT_DATA,
              RunLoader.where(fetch.request.bucket(), run) + " is missing"));
    }
  }

  private static boolean isDamage(Throwable failure) {
    return failure instanceof ThalwegException error && error.code() == ErrorCode.CORRUPT_DATA;
  }

  private static ThalwegException closing() {
    return new ThalwegException(ErrorCode.CLOSING, "the server is closing");
  }

  /** Fails every waiting reader; the caches are not touched from now on. */
  public void close() {
    closed = true;
    sources.close();
    waiting.takeAll().forEach(each -> each.answer().completeExceptionally(closing()));
  }
}
