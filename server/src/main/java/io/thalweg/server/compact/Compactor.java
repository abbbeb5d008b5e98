package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.LogFormat;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.wal.WalObject;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.meter.BuildMeters;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.read.SegmentReader;
import io.thalweg.server.read.SharedLoader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the runs of this server's buckets into segments, several at a time and at most one per
 * bucket. It takes loose runs once they are many bytes or the oldest is old, and merges small
 * segments once there are several in a row. {@link BucketPlan} decides which. Owned by the server's
 * loop.
 *
 * <p>A failure at any step loses nothing: until {@code ReplaceRuns} is applied, the old runs stay
 * the records' home, and a file that was put in vain is garbage or an orphan.
 */
public final class Compactor {
  private static final Logger log = LoggerFactory.getLogger(Compactor.class);

  private final ServerContext context;
  private final SharedLoader loader;
  private final Segments segments;
  private final Claims claims;
  private final CompactConfig config;
  private final BuildMeters meters;
  private final DueBuckets due;
  private final Ticker ticker;
  private final Set<Build> building = new HashSet<>();
  private final ArrayDeque<Ready> ready = new ArrayDeque<>();
  private final Set<TableBucket> gathering = new HashSet<>();

  /** Buckets in which something is due that waits for an idle processor. */
  private final Set<TableBucket> patient = new TreeSet<>();

  private final List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private boolean loading;
  private long reserved;
  private long built;

  /**
   * What a build of a segment needs.
   *
   * @param reader reads the segments that are merged
   * @param worker runs encoding and decoding, several tasks at a time
   * @param busy whether the processors are busy, so that what may wait waits
   * @param rules which runs a segment must hold
   * @param names gives the next object name of the incarnation
   */
  public record Segments(
      SegmentReader reader,
      Executor worker,
      BooleanSupplier busy,
      CollectRules rules,
      Supplier<WalObject> names) {}

  /** A job whose runs are loaded. */
  private record Ready(SegmentJob job, RunSource source) {}

  /** Loads the runs of a build as it needs them. */
  record Streamed(SharedLoader loader, TableBucket bucket) implements RunSource {
    @Override
    public CompletableFuture<List<Fetched.LogBatch>> load(Run run) {
      return loader.load(bucket, run);
    }

    @Override
    public void close() {
      // Nothing was loaded before it was asked for.
    }
  }

  /**
   * A compactor that rests until {@link #open}; {@code gatherer} rewrites the same buckets' runs.
   */
  public Compactor(
      ServerContext context,
      SharedLoader loader,
      Segments segments,
      CompactConfig config,
      Gatherer gatherer) {
    this.context = context;
    this.loader = loader;
    this.segments = segments;
    this.claims = gatherer.claims();
    this.config = config;
    this.meters = new BuildMeters(context.meters());
    this.due =
        new DueBuckets(
            context.loop(),
            context.replica(),
            (bucket, options) -> BucketPlan.segmentDueMillis(bucket.log(), options));
    this.ticker = new Ticker(context.loop(), config.checkInterval(), this::checkAll);
    claims.listen(this::freed);
  }

  /**
   * Records of {@code bucket} are no longer being rewritten: a build that waited for them may
   * begin.
   */
  private void freed(TableBucket bucket) {
    due.look(bucket);
    if (gathering.remove(bucket)) {
      context.loop().execute(this::check);
    }
  }

  /** Begins for {@code newIncarnation}. */
  public void open(long newIncarnation) {
    due.open(newIncarnation);
    ticker.open(newIncarnation);
  }

  /** Rests. A build under way ends, and may still take effect. */
  public void close() {
    ticker.close();
    due.close();
    gathering.clear();
    patient.clear();
    building.forEach(Build::abandon);
    while (!ready.isEmpty()) {
      Ready next = ready.remove();
      next.source.close();
      end(next.job);
    }
  }

  /** Completes once nothing is under way. */
  public CompletableFuture<Void> idle() {
    CompletableFuture<Void> idle = new CompletableFuture<>();
    waiting.add(idle);
    wakeIfIdle();
    return idle;
  }

  private void wakeIfIdle() {
    if (building.isEmpty() && !loading) {
      waiting.forEach(idle -> idle.complete(null));
      waiting.clear();
    }
  }

  /** How many segments were built so far. */
  public long built() {
    return built;
  }

  private boolean rests() {
    return ticker.incarnation() == 0;
  }

  /** Checks those too that waited for an idle processor: they may be old now. */
  private void checkAll() {
    patient.forEach(due::look);
    patient.clear();
    check();
  }

  private void check() {
    if (rests() || !BucketPlan.mayRewrite(context.replica().state())) {
      return;
    }
    while (building.size() < config.parallel() && !ready.isEmpty()) {
      Ready next = ready.remove();
      start(next.job, next.source);
    }
    LoadingRound round = new LoadingRound();
    while (building.size() < config.parallel() && ready.isEmpty() && !loading && round.hasRoom()) {
      Optional<SegmentJob> next = next();
      if (next.isEmpty()) {
        break;
      }
      SegmentJob job = next.get();
      if (reserved > 0 && reserved + job.memory() > config.memory()) {
        due.look(job.bucket());
        break;
      }
      reserve(job.memory());
      claims.build(job.bucket(), job.toOffset());
      if (job.isSmall()) {
        round.add(job);
      } else {
        start(job, new Streamed(loader, job.bucket()));
      }
    }
    if (!round.isEmpty()) {
      load(round);
    }
  }

  private Optional<SegmentJob> next() {
    for (Optional<TableBucket> id = due.take(); id.isPresent(); id = due.take()) {
      Optional<SegmentJob> job = job(id.get());
      if (job.isPresent()) {
        return job;
      }
    }
    return Optional.empty();
  }

  /**
   * The job that is due in the bucket, if any. While its records are claimed there is none; then
   * the bucket is looked at again later.
   */
  private Optional<SegmentJob> job(TableBucket id) {
    var state = context.replica().state();
    Optional<BucketState> bucket = state.bucket(id);
    Optional<TableInfo> table = state.catalog().tableOf(id.storage());
    if (bucket.isEmpty() || table.isEmpty()) {
      return Optional.empty();
    }
    if (!claims.mayBuild(id)) {
      gathering.add(id);
      return Optional.empty();
    }
    TableOptions options = TableOptions.from(table.get().descriptor().properties());
    BucketLog log = bucket.get().log();
    List<Run> runs = BucketPlan.segment(log, options, state.clusterTimeMillis());
    if (!runs.isEmpty()
        && BucketPlan.mayWait(log, options, state.clusterTimeMillis())
        && segments.busy.getAsBoolean()) {
      patient.add(id);
      return Optional.empty();
    }
    long dropped = context.replica().tables().droppedColumns(table.get());
    if (!runs.isEmpty() && (state.pins().keepsFromBefore(dropped, id) || isHeld(id, runs, state))) {
      // A scan that began before columns were dropped still reads them.
      patient.add(id);
      return Optional.empty();
    }
    return runs.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new SegmentJob(table.get(), id, ticker.incarnation(), bucket.get().ownerEpoch(), runs));
  }

  /** Whether a scan keeps a cleaned segment from being put in place of the runs. */
  private static boolean isHeld(TableBucket id, List<Run> runs, ClusterState state) {
    return runs.stream().allMatch(Run::isCleaned)
        && state.pins().lowest(id) < runs.get(runs.size() - 1).endOffset();
  }

  /** Loads the runs of small jobs together, so that each object is read once for all of them. */
  private void load(LoadingRound round) {
    loading = true;
    context
        .loop()
        .handle(
            loader.load(round.wanted()),
            (loaded, never) -> {
              loading = false;
              round.each(
                  loaded,
                  (job, source) -> {
                    if (ticker.incarnation() != job.incarnation()) {
                      source.close();
                      end(job);
                    } else {
                      ready.add(new Ready(job, source));
                    }
                  },
                  this::failed);
              wakeIfIdle();
              check();
            });
  }

  private void start(SegmentJob job, RunSource source) {
    Build build = build(job, source);
    building.add(build);
    long began = context.clock().nanoTime();
    context
        .loop()
        .handle(
            build.build(),
            (done, failure) -> {
              building.remove(build);
              wakeIfIdle();
              if (failure != null) {
                failed(job, failure);
              } else if (ticker.incarnation() != job.incarnation()) {
                end(job);
              } else {
                meters.built(context.clock().nanoTime() - began);
                replace(job, done);
              }
              check();
            });
  }

  private Build build(SegmentJob job, RunSource source) {
    Build.Plan plan =
        new Build.Plan(
            job.table(), job.bucket(), segments.rules.mustCopy(job.runs()), segments.names.get());
    return job.options().logFormat() == LogFormat.KAFKA
        ? new BatchSegmentBuild(plan, context, source, loader, segments.worker)
        : new SegmentBuild(plan, context, source, segments.reader, segments.worker);
  }

  private void replace(SegmentJob job, Build.Built done) {
    context
        .loop()
        .handle(
            context
                .proposer()
                .propose(
                    new Command.ReplaceRuns(
                        job.incarnation(), List.of(job.move(done)), context.clock().wallMillis())),
            (reply, failure) -> {
              if (failure != null) {
                failed(job, failure);
              } else {
                built++;
                meters.replaced(job.runs().size(), done.length());
                end(job);
              }
              check();
            });
  }

  /** Leaves the bucket alone for a while, so that the others get their turn. */
  private void failed(SegmentJob job, Throwable failure) {
    log.info(
        "building a segment of bucket {} failed and will be retried: {}",
        job.bucket(),
        failure.toString());
    if (!rests()) {
      due.rest(job.bucket(), 10 * config.checkInterval().toNanos());
    }
    end(job);
  }

  private void reserve(long bytes) {
    reserved += bytes;
    meters.reserved(reserved);
  }

  private void end(SegmentJob job) {
    reserve(-job.memory());
    claims.built(job.bucket());
  }
}
