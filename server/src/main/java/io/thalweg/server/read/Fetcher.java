package io.thalweg.server.read;

import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Payload;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.coordinator.state.Run;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.parquet.ParquetFooter;
import io.thalweg.parquet.RowGroup;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.cache.BlockCache;
import io.thalweg.server.cache.TailCache;
import io.thalweg.server.replica.Replica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Finds the batches of a bucket from an offset on, wherever they live. Owned by the server's loop,
 * on which every future that it gives completes.
 */
public final class Fetcher implements Replica.Listener {
  private static final int MAX_TRIES = 3;
  private static final int MAX_FOOTERS = 1_000;
  private static final int MAX_BATCHES = 10_000;

  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final TailCache tail;
  private final BlockCache blocks;
  private final RunLoader loader;
  private final SegmentReader segments;
  private final WaitingFetches waiting;
  private final Map<Object, CompletableFuture<Void>> loading = new HashMap<>();
  private final Map<FooterKey, ParquetFooter> footers =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<FooterKey, ParquetFooter> eldest) {
          return size() > MAX_FOOTERS;
        }
      };
  private boolean closed;

  /** A fetcher over the server's replica and caches. */
  public Fetcher(
      EventLoop loop,
      Clock clock,
      Replica replica,
      TailCache tail,
      BlockCache blocks,
      RunLoader loader,
      SegmentReader segments) {
    this.loop = loop;
    this.clock = clock;
    this.replica = replica;
    this.tail = tail;
    this.blocks = blocks;
    this.loader = loader;
    this.segments = segments;
    this.waiting = new WaitingFetches(loop);
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
          if (spec instanceof OffsetSpec.AtTimestamp at) {
            loop.handle(
                new TimeSeek(loop, bucket, at.millis(), this::log, this::fetch).run(),
                (offset, unknown) -> {
                  if (unknown != null) {
                    answer.completeExceptionally(unknown);
                  } else {
                    answer.complete(offset);
                  }
                });
            return;
          }
          try {
            BucketLog log = log(bucket);
            answer.complete(
                spec instanceof OffsetSpec.Earliest ? log.startOffset() : log.endOffset());
          } catch (ThalwegException unknown) {
            answer.completeExceptionally(unknown);
          }
        });
    return answer;
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
    long began = clock.nanoTime();
    loop.handle(
        replica.current(),
        (current, failure) -> {
          if (failure != null) {
            answer.completeExceptionally(failure);
          } else {
            long left = request.waitNanos() - (clock.nanoTime() - began);
            attempt(
                new FetchRequest(
                    request.bucket(),
                    request.offset(),
                    request.maxBytes(),
                    Math.max(0, left),
                    request.wants()),
                answer,
                1);
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
    FetchRequest atLast =
        new FetchRequest(
            request.bucket(), request.offset(), request.maxBytes(), 0, request.wants());
    waiting.add(request, answer, () -> attempt(atLast, answer, 1));
  }

  private static Fetched empty(FetchRequest request, BucketLog log) {
    return new Fetched(List.of(), request.offset(), log.startOffset(), log.endOffset());
  }

  /**
   * Answers the readers of a bucket that no longer are at its end. The others go on waiting, for no
   * longer than they asked for.
   */
  private void wake(TableBucket bucket) {
    if (!waiting.any(bucket)) {
      return;
    }
    Optional<BucketState> now = replica.state().bucket(bucket);
    waiting
        .take(
            bucket, each -> now.isEmpty() || now.get().log().endOffset() != each.request().offset())
        .forEach(woken -> attempt(woken.request(), woken.answer(), 1));
  }

  /** Only what makes a log longer, or ends it, concerns readers at its end; a trim does not. */
  @Override
  public void applied(Command command, Reply reply) {
    if (command instanceof Command.Commit commit) {
      commit.entries().forEach(entry -> wake(entry.bucket()));
    } else if (command instanceof Command.DropTable && reply instanceof Reply.Done) {
      waiting.buckets().stream()
          .filter(bucket -> replica.state().bucket(bucket).isEmpty())
          .toList()
          .forEach(this::wake);
    }
  }

  @Override
  public void jumped() {
    waiting.buckets().forEach(this::wake);
  }

  /** Gathers what is in memory; where the first batch is not, reads it and comes back. */
  private void collect(
      FetchRequest request, CompletableFuture<Fetched> answer, BucketLog log, int tries) {
    List<Fetched.Batch> found = new ArrayList<>();
    long offset = request.offset();
    long bytes = 0;
    int run = log.indexOf(offset);
    Missing missing = null;
    while (offset < log.endOffset()
        && found.size() < MAX_BATCHES
        && (found.isEmpty() || bytes < request.maxBytes())) {
      while (log.runs().get(run).endOffset() <= offset) {
        run++;
      }
      Lookup next = look(request, offset, log.runs().get(run));
      if (next instanceof Missing notHere) {
        missing = notHere;
        break;
      }
      Fetched.Batch batch = ((Found) next).batch;
      if (!found.isEmpty() && batch.baseOffset() < offset) {
        // Pieces of a segment and batches of the tail end at different offsets: a batch that holds
        // what was given already is the first of the next fetch.
        batch.close();
        break;
      }
      found.add(batch);
      bytes += batch.bytes();
      offset = batch.endOffset();
    }
    if (found.isEmpty() && missing != null) {
      load(request, answer, missing, tries);
      return;
    }
    Fetched fetched = new Fetched(found, offset, log.startOffset(), log.endOffset());
    if (!answer.complete(fetched)) {
      fetched.close();
    }
  }

  /** What looking for a batch in memory gives. */
  private sealed interface Lookup {}

  /** It is here, for the caller to close. */
  private record Found(Fetched.Batch batch) implements Lookup {}

  /** It must be read, under {@code key}. */
  private record Missing(Object key, Run run, Supplier<CompletableFuture<Runnable>> read)
      implements Lookup {}

  /** Key of a run's batches; moved, it is another. */
  private record RunKey(TableBucket bucket, Run run) {}

  /** Key of a segment's footer. */
  private record FooterKey(Payload segment) {}

  /** Key of a row group's rows of some columns. */
  private record RowsKey(Payload segment, int rowGroup, List<Integer> columnIds) {}

  private Lookup look(FetchRequest request, long offset, Run run) {
    Fetched.Batch newest = tail.get(request.bucket(), offset);
    if (newest != null) {
      return new Found(newest);
    }
    if (run.payload() instanceof Payload.Segment) {
      return lookInSegment(request, offset, run);
    }
    RunKey key = new RunKey(request.bucket(), run);
    List<? extends Fetched.Batch> block = blocks.get(key);
    if (block == null) {
      return new Missing(
          key,
          run,
          () -> loader.load(request.bucket(), run).thenApply(batches -> keep(key, batches)));
    }
    return new Found(share(block, offset));
  }

  private Lookup lookInSegment(FetchRequest request, long offset, Run run) {
    FooterKey footerKey = new FooterKey(run.payload());
    ParquetFooter footer = footers.get(footerKey);
    if (footer == null) {
      return new Missing(
          footerKey,
          run,
          () ->
              segments
                  .footer(request.bucket(), run)
                  .thenApply(read -> () -> footers.put(footerKey, read)));
    }
    int group = SegmentReader.groupOf(footer, offset - run.baseOffset());
    RowGroup rows = footer.rowGroups().get(group);
    boolean none =
        request
            .wants()
            .filter()
            .map(filter -> !filter.mayMatch(rows.stats(), rows.rowCount()))
            .orElse(false);
    if (none) {
      return new Found(new Fetched.Skipped(run.baseOffset() + rows.firstRow(), rows.rowCount()));
    }
    List<Column> columns = columns(request);
    RowsKey key = new RowsKey(run.payload(), group, columns.stream().map(Column::id).toList());
    List<? extends Fetched.Batch> block = blocks.get(key);
    if (block == null) {
      return new Missing(
          key,
          run,
          () ->
              segments
                  .rows(request.bucket(), run, footer, group, columns)
                  .thenApply(pieces -> keep(key, pieces)));
    }
    return new Found(share(block, offset));
  }

  /** The columns that the reader wants, as the table has them now. */
  private List<Column> columns(FetchRequest request) {
    List<Column> columns = new ArrayList<>();
    Schema schema =
        replica
            .state()
            .catalog()
            .table(request.bucket().tableId())
            .orElseThrow(
                () -> new ThalwegException(ErrorCode.TABLE_NOT_FOUND, "the table was dropped"))
            .schema()
            .ofLog();
    for (Column column : schema.columns()) {
      if (request.wants().columnIds().map(ids -> ids.contains(column.id())).orElse(true)) {
        columns.add(column);
      }
    }
    if (request.wants().timestamps()) {
      columns.add(SystemColumns.TIMESTAMP);
    }
    return columns;
  }

  private static Fetched.Batch share(List<? extends Fetched.Batch> block, long offset) {
    for (Fetched.Batch batch : block) {
      if (offset < batch.endOffset()) {
        if (batch instanceof Fetched.SegmentRows rows) {
          return rows.share();
        }
        ((Fetched.LogBatch) batch).encoded().retain();
        return batch;
      }
    }
    throw new IllegalStateException("offset " + offset + " is not in the block that holds it");
  }

  /** Puts what was read into the cache, on the loop; gives it back when that is closed. */
  private Runnable keep(Object key, List<? extends Fetched.Batch> batches) {
    return () -> {
      if (closed) {
        batches.forEach(Fetched.Batch::close);
      } else {
        blocks.add(key, batches);
      }
    };
  }

  private void load(
      FetchRequest request, CompletableFuture<Fetched> answer, Missing missing, int tries) {
    CompletableFuture<Void> shared = loading.get(missing.key);
    if (shared == null) {
      CompletableFuture<Void> mine = new CompletableFuture<>();
      loading.put(missing.key, mine);
      shared = mine;
      loop.handle(
          missing.read.get(),
          (keep, failure) -> {
            loading.remove(missing.key);
            if (failure != null) {
              mine.completeExceptionally(failure);
              return;
            }
            keep.run();
            if (closed) {
              mine.completeExceptionally(closing());
            } else {
              mine.complete(null);
            }
          });
    }
    loop.handle(shared, (done, failure) -> loaded(request, answer, missing.run, tries, failure));
  }

  private void loaded(
      FetchRequest request,
      CompletableFuture<Fetched> answer,
      Run run,
      int tries,
      Throwable failure) {
    if (failure == null) {
      // Another reader's block may have pushed this one out already; then it is read again.
      attempt(request, answer, tries);
    } else if (isDamage(failure) && tries < MAX_TRIES) {
      // Bytes that were damaged on the way come whole the next time.
      attempt(request, answer, tries + 1);
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

  private static boolean isDamage(Throwable failure) {
    return failure instanceof ThalwegException error && error.code() == ErrorCode.CORRUPT_DATA;
  }

  private static ThalwegException closing() {
    return new ThalwegException(ErrorCode.CLOSING, "the server is closing");
  }

  /** Ends every waiting reader; the caches are not touched from now on. */
  public void close() {
    closed = true;
    waiting.takeAll().forEach(each -> each.answer().completeExceptionally(closing()));
  }
}
