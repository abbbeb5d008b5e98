package io.thalweg.server.compact;

import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Payload;
import io.thalweg.coordinator.state.Run;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.wal.WalObject;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.read.RunLoader;
import io.thalweg.server.read.SegmentReader;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the runs of this server's buckets into segments, one segment at a time: a bucket's runs
 * once they are many bytes or the oldest is old, and segments that are small for their table once
 * there are several in a row. Owned by the server's loop.
 *
 * <p>A failure at any step loses nothing: until {@code ReplaceRuns} is applied, the old runs stay
 * the records' home, and a file that was put in vain is garbage or an orphan.
 */
public final class Compactor {
  private static final Logger log = LoggerFactory.getLogger(Compactor.class);

  /** The number of small segments in a row that become one. */
  static final int MERGE = 8;

  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final Proposer proposer;
  private final RunLoader loader;
  private final SegmentReader segments;
  private final ServerContext context;
  private final Executor worker;
  private final CompactConfig config;
  private final CollectRules rules;
  private final Supplier<WalObject> names;
  private final Ticker ticker;
  private final Map<TableBucket, Long> restUntil = new TreeMap<>();
  private final List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private SegmentBuild building;
  private boolean working;

  /** What is to become one segment. */
  private record Job(TableInfo table, TableBucket bucket, int ownerEpoch, List<Run> runs) {}

  /**
   * A compactor that rests until {@link #open}.
   *
   * @param worker runs encoding and decoding
   * @param names gives the next object name of the incarnation
   */
  public Compactor(
      ServerContext context,
      RunLoader loader,
      SegmentReader segments,
      Executor worker,
      CompactConfig config,
      CollectRules rules,
      Supplier<WalObject> names) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.loader = loader;
    this.segments = segments;
    this.context = context;
    this.worker = worker;
    this.config = config;
    this.rules = rules;
    this.names = names;
    this.ticker = new Ticker(loop, config.checkInterval(), this::check);
  }

  /** Begins for {@code newIncarnation}. */
  public void open(long newIncarnation) {
    ticker.open(newIncarnation);
  }

  /** Rests. A segment under way ends without effect, or with its effect. */
  public void close() {
    ticker.close();
    restUntil.clear();
    if (building != null) {
      building.abandon();
    }
  }

  /** Completes once nothing is under way. */
  public CompletableFuture<Void> idle() {
    CompletableFuture<Void> idle = new CompletableFuture<>();
    if (building == null) {
      idle.complete(null);
    } else {
      waiting.add(idle);
    }
    return idle;
  }

  private void check() {
    if (!working && ticker.incarnation() != 0) {
      next().ifPresent(this::start);
    }
  }

  private Optional<Job> next() {
    long now = clock.nanoTime();
    restUntil.values().removeIf(until -> now - until >= 0);
    TableInfo table = null;
    TableOptions options = null;
    for (Map.Entry<TableBucket, BucketState> entry : replica.state().buckets().entrySet()) {
      TableBucket id = entry.getKey();
      BucketState bucket = entry.getValue();
      if (bucket.owner() != ticker.incarnation()
          || bucket.log().runs().isEmpty()
          || restUntil.containsKey(id)) {
        continue;
      }
      if (table == null || !table.storage().equals(id.storage())) {
        table = replica.state().catalog().tableOf(id.storage()).orElseThrow();
        options = TableOptions.from(table.descriptor().properties());
      }
      List<Run> runs = pick(bucket.log().runs(), options, replica.state().clusterTimeMillis());
      if (!runs.isEmpty()) {
        return Optional.of(new Job(table, id, bucket.ownerEpoch(), runs));
      }
    }
    return Optional.empty();
  }

  /** The runs that are to become one segment now; empty for none. */
  static List<Run> pick(List<Run> runs, TableOptions options, long nowMillis) {
    int first = 0;
    while (first < runs.size() && runs.get(first).payload() instanceof Payload.Segment) {
      first++;
    }
    long bytes = 0;
    int last = first;
    while (last < runs.size() && bytes < options.segmentTargetSize()) {
      bytes += runs.get(last++).length();
    }
    boolean old =
        first < runs.size()
            && nowMillis - runs.get(first).maxTimestamp() >= options.segmentMaxAge().toMillis();
    return bytes >= options.segmentTargetSize() || old
        ? List.copyOf(runs.subList(first, last))
        : pickSmall(runs.subList(0, first), options.segmentTargetSize());
  }

  /**
   * Segments in a row that together are no larger than one should be, and none of which is larger
   * than the others together: so a record is rewritten a logarithmic number of times.
   */
  private static List<Run> pickSmall(List<Run> segments, long target) {
    for (int from = 0; from + MERGE <= segments.size(); from++) {
      long bytes = 0;
      long records = 0;
      int largest = 0;
      int to = from;
      while (to < segments.size()
          && bytes + segments.get(to).length() <= target
          && records + segments.get(to).recordCount() <= Integer.MAX_VALUE) {
        bytes += segments.get(to).length();
        records += segments.get(to).recordCount();
        largest = Math.max(largest, segments.get(to).length());
        to++;
      }
      if (to - from >= MERGE && largest <= bytes - largest) {
        return List.copyOf(segments.subList(from, to));
      }
    }
    return List.of();
  }

  private void start(Job job) {
    working = true;
    SegmentBuild build =
        new SegmentBuild(
            new SegmentBuild.Plan(job.table, job.bucket, rules.mustCopy(job.runs), names.get()),
            context,
            loader,
            segments,
            worker);
    building = build;
    loop.handle(
        build.build(),
        (built, failure) -> {
          building = null;
          waiting.forEach(idle -> idle.complete(null));
          waiting.clear();
          if (failure != null) {
            failed(job, failure);
          } else if (ticker.incarnation() == 0) {
            working = false;
          } else {
            replace(job, built);
          }
        });
  }

  private void replace(Job job, SegmentBuild.Built built) {
    long from = job.runs.get(0).baseOffset();
    long to = job.runs.get(job.runs.size() - 1).endOffset();
    Run run =
        new Run(
            from,
            Math.toIntExact(to - from),
            job.runs.stream().mapToLong(Run::maxTimestamp).max().orElseThrow(),
            new Payload.Segment(built.file()),
            0,
            built.length());
    List<Payload> seen = new ArrayList<>();
    job.runs.forEach(old -> seen.add(old.payload()));
    Command.Move move =
        new Command.Move(job.bucket, job.ownerEpoch, from, to, seen, run, built.length());
    loop.handle(
        proposer.propose(
            new Command.ReplaceRuns(ticker.incarnation(), List.of(move), clock.wallMillis())),
        (reply, failure) -> {
          if (failure != null) {
            failed(job, failure);
          } else {
            working = false;
            check();
          }
        });
  }

  /** Leaves the bucket alone for a while, so that the others get their turn. */
  private void failed(Job job, Throwable failure) {
    log.info(
        "a segment of bucket {} was not made, it is tried again: {}",
        job.bucket,
        failure.toString());
    restUntil.put(job.bucket, clock.nanoTime() + 10 * config.checkInterval().toNanos());
    working = false;
  }
}
