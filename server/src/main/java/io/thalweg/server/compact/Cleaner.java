package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.wal.WalObject;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.read.SharedLoader;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts logs by key: in the segments of this server's buckets whose tables want that, of the
 * records with one key only the newest stays. One bucket at a time. It reads the new segments
 * ({@link CleanPlan}) for their keys, then writes all segments anew, without what goes, one group
 * after the other; each takes the place of the old ones by itself, so a round may end anywhere.
 * Owned by the server's loop.
 */
public final class Cleaner {
  private static final Logger log = LoggerFactory.getLogger(Cleaner.class);

  private final ServerContext context;
  private final SharedLoader loader;
  private final Claims claims;
  private final CompactConfig config;
  private final Executor worker;
  private final Supplier<WalObject> names;
  private final DueBuckets due;

  /** Buckets in which something is due that waits for a scan to end. */
  private final Set<TableBucket> patient = new TreeSet<>();

  private final Ticker ticker;
  private Round round;
  private CompletableFuture<Void> idle = CompletableFuture.completedFuture(null);
  private long cleaned;

  /**
   * A cleaner that rests until {@link #open}; {@code gatherer} rewrites the same buckets' runs.
   *
   * @param worker reads and copies batches
   * @param names gives the next object name of the incarnation
   */
  public Cleaner(
      ServerContext context,
      SharedLoader loader,
      CompactConfig config,
      Gatherer gatherer,
      Executor worker,
      Supplier<WalObject> names) {
    this.context = context;
    this.loader = loader;
    this.claims = gatherer.claims();
    this.config = config;
    this.worker = worker;
    this.names = names;
    this.due = new DueBuckets(context.loop(), context.replica(), CleanPlan::dueMillis);
    this.ticker = new Ticker(context.loop(), config.checkInterval(), this::checkAll);
    claims.listen(due::look);
  }

  /** Begins for {@code newIncarnation}. */
  public void open(long newIncarnation) {
    due.open(newIncarnation);
    ticker.open(newIncarnation);
  }

  /** Rests. A round under way ends at its next step. */
  public void close() {
    ticker.close();
    due.close();
    patient.clear();
    if (round != null) {
      round.abandon();
    }
  }

  /** Completes once nothing is under way. */
  public CompletableFuture<Void> idle() {
    return idle;
  }

  /** How many segments were written so far. */
  public long cleaned() {
    return cleaned;
  }

  /** Checks those too that waited for a scan. */
  private void checkAll() {
    patient.forEach(due::look);
    patient.clear();
    check();
  }

  private void check() {
    ClusterState state = context.replica().state();
    while (round == null && ticker.incarnation() != 0 && BucketPlan.mayRewrite(state)) {
      Optional<TableBucket> id = due.take();
      if (id.isEmpty()) {
        return;
      }
      begin(state, id.get());
    }
  }

  private void begin(ClusterState state, TableBucket id) {
    Optional<BucketState> bucket = state.bucket(id);
    Optional<TableInfo> table = state.catalog().tableOf(id.storage());
    // While its records are claimed the bucket is not taken; it is looked at when they are free.
    if (bucket.isEmpty() || table.isEmpty() || !claims.mayBuild(id)) {
      return;
    }
    TableOptions options = TableOptions.from(table.get().descriptor().properties());
    // A scan reads the records that there were when it began.
    Optional<CleanPlan> plan = CleanPlan.of(bucket.get(), options, state.pins().lowest(id));
    if (plan.isEmpty()) {
      patient.add(id);
      return;
    }
    round = new Round(table.get(), id, bucket.get(), plan.get(), options);
    CompletableFuture<Void> ended = new CompletableFuture<>();
    idle = ended;
    claims.build(id, plan.get().log().get(plan.get().log().size() - 1).endOffset());
    context
        .loop()
        .handle(
            round.run(),
            (done, failure) -> {
              round = null;
              if (failure != null) {
                failed(id, failure);
              }
              claims.built(id);
              ended.complete(null);
              check();
            });
  }

  /** Leaves the bucket alone for a while, so that the others get their turn. */
  private void failed(TableBucket id, Throwable failure) {
    log.info(
        "compacting the log of bucket {} failed and will be retried: {}", id, failure.toString());
    if (ticker.incarnation() != 0) {
      due.rest(id, 10 * config.checkInterval().toNanos());
    }
  }

  /** The work on one bucket. */
  private final class Round {
    final TableInfo table;
    final TableBucket bucket;
    final long incarnation = ticker.incarnation();
    final int ownerEpoch;
    final CleanPlan plan;
    final TableOptions options;
    final BatchCleaner cleaner;
    private volatile boolean abandoned;
    private volatile Build build;

    Round(
        TableInfo table, TableBucket id, BucketState bucket, CleanPlan plan, TableOptions options) {
      this.table = table;
      this.bucket = id;
      this.ownerEpoch = bucket.ownerEpoch();
      this.plan = plan;
      this.options = options;
      this.cleaner =
          new BatchCleaner(
              bucket.transactions().aborted(),
              !bucket.transactions().isMarked(),
              context.replica().state().clusterTimeMillis(),
              options.cleanup().deleteRetention());
    }

    CompletableFuture<Void> run() {
      return note(0)
          .thenCompose(count -> write(plan.groups(count, options.segmentTargetSize()), 0));
    }

    void abandon() {
      abandoned = true;
      Build now = build;
      if (now != null) {
        now.abandon();
      }
    }

    private void checkGoesOn() {
      if (abandoned) {
        throw new ThalwegException(ErrorCode.CLOSING, "the compaction was abandoned");
      }
    }

    /**
     * Notes the keys of the dirty segments from the given one on, as many as there is memory for;
     * returns how many segments were noted, at least one.
     */
    private CompletableFuture<Integer> note(int from) {
      if (from == plan.dirty().size() || (from > 0 && cleaner.bytes() > config.memory() / 4)) {
        return CompletableFuture.completedFuture(from);
      }
      return loader
          .pieces(bucket, List.of(plan.dirty().get(from)))
          .thenCompose(pieces -> note(pieces, 0))
          .thenCompose(noted -> note(from + 1));
    }

    private CompletableFuture<Void> note(List<Run> pieces, int from) {
      if (from == pieces.size()) {
        return CompletableFuture.completedFuture(null);
      }
      return loader
          .load(bucket, pieces.get(from))
          .thenAcceptAsync(this::note, worker)
          .thenComposeAsync(noted -> note(pieces, from + 1), worker);
    }

    private void note(List<Fetched.LogBatch> batches) {
      try {
        checkGoesOn();
        batches.forEach(cleaner::note);
      } finally {
        batches.forEach(Fetched.Batch::close);
      }
    }

    /** Writes the groups from the given one on. */
    private CompletableFuture<Void> write(List<List<Run>> groups, int from) {
      if (from == groups.size()) {
        return CompletableFuture.completedFuture(null);
      }
      CompletableFuture<Void> written = new CompletableFuture<>();
      context
          .loop()
          .handle(
              CompletableFuture.completedFuture(null),
              (now, never) -> start(groups.get(from), written));
      return written.thenCompose(done -> write(groups, from + 1));
    }

    private void start(List<Run> group, CompletableFuture<Void> written) {
      SegmentJob job = new SegmentJob(table, bucket, incarnation, ownerEpoch, group);
      try {
        checkGoesOn();
        build =
            new BatchSegmentBuild(
                new Build.Plan(table, bucket, group, names.get()),
                context,
                new Compactor.Streamed(loader, bucket),
                loader,
                cleaner,
                worker);
      } catch (ThalwegException closing) {
        written.completeExceptionally(closing);
        return;
      }
      context
          .loop()
          .handle(
              build.build(),
              (done, failure) -> {
                if (failure != null || ticker.incarnation() != incarnation) {
                  written.completeExceptionally(
                      failure != null
                          ? failure
                          : new ThalwegException(ErrorCode.CLOSING, "the server joined anew"));
                } else {
                  replace(job, done, written);
                }
              });
    }

    private void replace(SegmentJob job, Build.Built done, CompletableFuture<Void> written) {
      context
          .loop()
          .handle(
              context
                  .proposer()
                  .propose(
                      new Command.ReplaceRuns(
                          incarnation, List.of(job.move(done)), context.clock().wallMillis())),
              (reply, failure) -> {
                if (failure != null) {
                  written.completeExceptionally(failure);
                } else {
                  cleaned++;
                  written.complete(null);
                }
              });
    }
  }
}
