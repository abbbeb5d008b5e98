package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.wal.WalObject;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Counter;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.meter.ServerMeters;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.read.SharedLoader;
import io.thalweg.server.read.SharedLoader.Loaded;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rewrites small runs of many buckets into one WAL object in which the batches of each bucket stand
 * back to back, so that many runs of a bucket become one. It gathers where a bucket has many small
 * runs in a row. It also moves all inline payloads, once they are many bytes and from time to time
 * in any case. One round at a time: pick, load, put one object, replace. Owned by the server's
 * loop.
 *
 * <p>A failure at any step of a round loses nothing: until {@code ReplaceRuns} is applied, the old
 * runs stay the records' home; an object that was put in vain is garbage.
 */
public final class Gatherer {
  private static final Logger log = LoggerFactory.getLogger(Gatherer.class);
  private static final Duration CHECK_INTERVAL = Duration.ofMillis(250);
  private static final long REST_NANOS = Duration.ofSeconds(1).toNanos();

  /** Most bytes of the run that one bucket's runs become. */
  private static final int MOST_OF_A_BUCKET = 1 << 20;

  /** A flush before the interval is over moves at least the bytes of a full one divided by this. */
  private static final int LEAST_PART = 16;

  private final ServerContext context;
  private final EventLoop loop;
  private final Clock clock;
  private final SharedLoader loader;
  private final CompactConfig config;
  private final Supplier<WalObject> objects;
  private final Claims claims = new Claims();
  private final DueBuckets due;
  private final Ticker ticker;
  private final int most;
  private long lastFlushNanos;
  private boolean working;

  /** Whether the round under way takes all that lives in log entries of this server's buckets. */
  private boolean flushesAll;

  private final Counter gatheredRuns;
  private long gathered;

  /**
   * A gatherer that rests until {@link #open}.
   *
   * @param objects gives the next object name of the incarnation
   */
  public Gatherer(
      ServerContext context,
      SharedLoader loader,
      CompactConfig config,
      Supplier<WalObject> objects) {
    this.context = context;
    this.gatheredRuns = context.meters().counter(ServerMeters.GATHER_RUNS);
    this.loop = context.loop();
    this.clock = context.clock();
    this.loader = loader;
    this.config = config;
    this.objects = objects;
    this.most = Math.min(config.objectMax(), MOST_OF_A_BUCKET);
    this.due =
        new DueBuckets(
            loop,
            context.replica(),
            (bucket, options) -> BucketPlan.gatherDueMillis(bucket.log(), options, most));
    this.ticker = new Ticker(loop, CHECK_INTERVAL, this::check);
    claims.listen(due::look);
  }

  /** Begins for {@code newIncarnation}. */
  public void open(long newIncarnation) {
    lastFlushNanos = clock.nanoTime();
    due.open(newIncarnation);
    ticker.open(newIncarnation);
  }

  /** Rests. A round under way ends, and may still take effect. */
  public void close() {
    ticker.close();
    due.close();
  }

  /** What keeps gathering and building segments apart. */
  Claims claims() {
    return claims;
  }

  /** How many runs were gathered into others so far. */
  public long gathered() {
    return gathered;
  }

  private ClusterState state() {
    return context.replica().state();
  }

  private void check() {
    if (working || ticker.incarnation() == 0 || !BucketPlan.mayRewrite(state())) {
      return;
    }
    GatherRound round = new GatherRound(ticker.incarnation(), config.objectMax());
    flushesAll = false;
    flushInline(round);
    addSmall(round);
    if (!round.moves().isEmpty()) {
      working = true;
      round.moves().forEach(move -> claims.gather(move.bucket()));
      loop.handle(loader.load(round.wanted()), (loaded, never) -> put(new Claimed(round), loaded));
    }
  }

  /** Adds the inline runs of this server's buckets if a flush is due. */
  private void flushInline(GatherRound round) {
    long inline = state().payloads().inlineBytes();
    boolean late = clock.nanoTime() - lastFlushNanos >= config.inlineFlushInterval().toNanos();
    if (inline == 0 || (!late && inline < config.inlineFlushBytes())) {
      return;
    }
    GatherRound flush = new GatherRound(round.incarnation(), config.objectMax());
    for (TableBucket id : state().bucketsWithInline()) {
      BucketState bucket = state().bucket(id).orElseThrow();
      if (bucket.owner() == round.incarnation() && !due.rests(id) && flush.room() > 0) {
        flush.addInline(id, bucket, claims.gatherFrom(id));
      }
    }
    long least = Math.min(config.objectMax(), config.inlineFlushBytes()) / LEAST_PART;
    if (late || flush.bytes() >= least) {
      flush.moves().forEach(round::add);
    }
    flushesAll = late && flush.room() > 0;
    if (flushesAll && flush.moves().isEmpty()) {
      lastFlushNanos = clock.nanoTime();
    }
  }

  /** Adds consecutive small runs of the buckets that have many. */
  private void addSmall(GatherRound round) {
    while (round.room() >= most) {
      Optional<TableBucket> id = due.take();
      if (id.isEmpty()) {
        return;
      }
      BucketState bucket = state().bucket(id.get()).orElseThrow();
      // A bucket that is in the round already is looked at again after the round.
      if (!round.has(id.get())) {
        List<Run> runs =
            BucketPlan.gather(bucket.log(), options(id.get()), claims.gatherFrom(id.get()), most);
        if (!runs.isEmpty()) {
          round.add(new GatherRound.Move(id.get(), bucket.ownerEpoch(), runs));
        }
      }
    }
  }

  private TableOptions options(TableBucket id) {
    return TableOptions.from(
        state().catalog().tableOf(id.storage()).orElseThrow().descriptor().properties());
  }

  /** A round, and the buckets whose records it claimed. */
  private record Claimed(GatherRound round, List<TableBucket> buckets) {
    Claimed(GatherRound round) {
      this(round, round.moves().stream().map(GatherRound.Move::bucket).toList());
    }
  }

  private void put(Claimed claimed, List<Loaded> loaded) {
    GatherRound round = claimed.round;
    List<Loaded> whole = dropFailed(round, loaded);
    if (round.moves().isEmpty() || ticker.incarnation() != round.incarnation()) {
      whole.forEach(Loaded::close);
      end(claimed, false);
      return;
    }
    WalObject object = objects.get();
    List<ByteBuffer> content = new ArrayList<>(whole.size() + 1);
    content.add(object.header());
    whole.forEach(each -> each.batches().forEach(batch -> content.add(batch.encoded().bytes())));
    loop.handle(
        context.store().put(object.key(), content),
        (done, failure) -> {
          whole.forEach(Loaded::close);
          if (failure != null) {
            log.info("writing {} failed and will be retried: {}", object.key(), failure.toString());
            end(claimed, false);
          } else {
            replace(claimed, object);
          }
        });
  }

  /** Drops the moves whose runs were not all loaded; returns the runs of the other moves. */
  private List<Loaded> dropFailed(GatherRound round, List<Loaded> loaded) {
    List<Loaded> whole = new ArrayList<>(loaded.size());
    int at = 0;
    for (GatherRound.Move move : List.copyOf(round.moves())) {
      List<Loaded> mine = loaded.subList(at, at + move.runs().size());
      at += move.runs().size();
      Optional<Loaded> failed = mine.stream().filter(each -> each.failure() != null).findFirst();
      if (failed.isEmpty()) {
        whole.addAll(mine);
        continue;
      }
      log.info(
          "moving {} failed and will be retried: {}",
          failed.get().wanted().run(),
          failed.get().failure().toString());
      mine.forEach(Loaded::close);
      flushesAll = false;
      round.drop(move);
      if (ticker.incarnation() != 0) {
        due.rest(move.bucket(), REST_NANOS);
      }
    }
    return whole;
  }

  private void replace(Claimed claimed, WalObject object) {
    GatherRound round = claimed.round;
    if (ticker.incarnation() != round.incarnation()) {
      end(claimed, false);
      return;
    }
    List<Command.Move> moves = round.commands(object, state());
    loop.handle(
        context
            .proposer()
            .propose(new Command.ReplaceRuns(round.incarnation(), moves, clock.wallMillis())),
        (reply, failure) -> {
          if (failure != null) {
            log.info("moving small runs failed: {}", failure.toString());
            // The replica may be behind: the next round would be refused like this one.
            loop.handle(context.replica().current(), (done, unknown) -> end(claimed, false));
          } else {
            int retired = moves.stream().mapToInt(move -> move.seen().size()).sum();
            gathered += retired;
            gatheredRuns.add(retired);
            end(claimed, true);
          }
        });
  }

  /** Releases the buckets, and looks for the next round if this one succeeded. */
  private void end(Claimed claimed, boolean again) {
    working = false;
    claimed.buckets.forEach(claims::gathered);
    if (again && flushesAll) {
      lastFlushNanos = clock.nanoTime();
    }
    if (again) {
      // Runs after the segment builds that waited for these buckets.
      loop.execute(this::check);
    }
  }
}
