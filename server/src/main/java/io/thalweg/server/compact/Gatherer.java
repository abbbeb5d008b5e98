package io.thalweg.server.compact;

import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Payload;
import io.thalweg.coordinator.state.Run;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.wal.WalObject;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.read.RunLoader;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves inline payloads of this server's buckets into objects: when they are many bytes, and from
 * time to time in any case. One round at a time: pick, read, put one object, replace. Owned by the
 * server's loop.
 *
 * <p>A failure at any step of a round loses nothing: until {@code ReplaceRuns} is applied, the log
 * entries stay the records' home; an object that was put in vain is garbage.
 */
public final class InlineMover {
  private static final Logger log = LoggerFactory.getLogger(InlineMover.class);
  private static final Duration CHECK_INTERVAL = Duration.ofMillis(250);

  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final Proposer proposer;
  private final RunLoader loader;
  private final ObjectStore store;
  private final CompactConfig config;
  private final Supplier<WalObject> objects;
  private final Ticker ticker;
  private long lastRoundNanos;
  private boolean moving;

  /** What one round moves of one bucket: consecutive inline runs that become one run. */
  private record Move(TableBucket bucket, int ownerEpoch, List<Run> runs) {
    long from() {
      return runs.get(0).baseOffset();
    }

    long to() {
      return runs.get(runs.size() - 1).endOffset();
    }

    int records() {
      return Math.toIntExact(to() - from());
    }

    int length() {
      return runs.stream().mapToInt(Run::length).sum();
    }

    long maxTimestamp() {
      return runs.stream().mapToLong(Run::maxTimestamp).max().orElseThrow();
    }
  }

  /** A mover that rests until {@link #open}. */
  public InlineMover(
      ServerContext context, RunLoader loader, CompactConfig config, Supplier<WalObject> objects) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.loader = loader;
    this.store = context.store();
    this.config = config;
    this.objects = objects;
    this.ticker = new Ticker(loop, CHECK_INTERVAL, this::check);
  }

  /** Begins to move for {@code newIncarnation}. */
  public void open(long newIncarnation) {
    lastRoundNanos = clock.nanoTime();
    ticker.open(newIncarnation);
  }

  /** Rests. A round under way ends without effect, or with its effect. */
  public void close() {
    ticker.close();
  }

  private void check() {
    if (moving || replica.state().payloads().inlineBytes() == 0) {
      return;
    }
    boolean late = clock.nanoTime() - lastRoundNanos >= config.inlineFlushInterval().toNanos();
    if (!late && replica.state().payloads().inlineBytes() < config.inlineFlushBytes()) {
      return;
    }
    List<Move> moves = pick();
    if (moves.isEmpty()) {
      lastRoundNanos = late ? clock.nanoTime() : lastRoundNanos;
      return;
    }
    moving = true;
    read(moves);
  }

  /** Consecutive inline runs of owned buckets: one in any case, else up to one object's worth. */
  private List<Move> pick() {
    List<Move> moves = new ArrayList<>();
    long[] room = {config.objectMax()};
    replica
        .state()
        .buckets()
        .forEach(
            (id, bucket) -> {
              if (bucket.owner() == ticker.incarnation()) {
                pick(id, bucket, room, moves);
              }
            });
    return moves;
  }

  private static void pick(TableBucket id, BucketState bucket, long[] room, List<Move> moves) {
    List<Run> stretch = new ArrayList<>();
    for (Run run : bucket.log().runs()) {
      boolean inline = run.payload() instanceof Payload.Inline;
      boolean first = moves.isEmpty() && stretch.isEmpty();
      if (inline && (first || room[0] >= run.length())) {
        stretch.add(run);
        room[0] -= run.length();
        continue;
      }
      if (!stretch.isEmpty()) {
        moves.add(new Move(id, bucket.ownerEpoch(), List.copyOf(stretch)));
        stretch.clear();
      }
      if (inline) {
        return;
      }
    }
    if (!stretch.isEmpty()) {
      moves.add(new Move(id, bucket.ownerEpoch(), stretch));
    }
  }

  private void read(List<Move> moves) {
    List<Fetched.LogBatch> batches = new ArrayList<>();
    List<Run> runs = moves.stream().flatMap(move -> move.runs().stream()).toList();
    List<TableBucket> buckets =
        moves.stream().flatMap(move -> move.runs().stream().map(run -> move.bucket())).toList();
    readNext(moves, buckets, runs, 0, batches);
  }

  private void readNext(
      List<Move> moves,
      List<TableBucket> buckets,
      List<Run> runs,
      int next,
      List<Fetched.LogBatch> batches) {
    if (next == runs.size()) {
      put(moves, batches);
      return;
    }
    loop.handle(
        loader.load(buckets.get(next), runs.get(next)),
        (loaded, failure) -> {
          if (failure != null) {
            end(batches, "reading " + runs.get(next), failure);
          } else {
            batches.addAll(loaded);
            readNext(moves, buckets, runs, next + 1, batches);
          }
        });
  }

  private void put(List<Move> moves, List<Fetched.LogBatch> batches) {
    if (ticker.incarnation() == 0) {
      end(batches, "moving", new IllegalStateException("the incarnation is over"));
      return;
    }
    WalObject object = objects.get();
    List<ByteBuffer> content = new ArrayList<>(batches.size() + 1);
    content.add(object.header());
    batches.forEach(batch -> content.add(batch.encoded().bytes()));
    loop.handle(
        store.put(object.key(), content),
        (done, failure) -> {
          batches.forEach(batch -> batch.encoded().close());
          batches.clear();
          if (failure != null) {
            end(batches, "putting " + object.key(), failure);
          } else {
            replace(moves, object);
          }
        });
  }

  private void replace(List<Move> moves, WalObject object) {
    int total = WalObject.HEADER_SIZE + moves.stream().mapToInt(Move::length).sum();
    int position = WalObject.HEADER_SIZE;
    List<Command.Move> commands = new ArrayList<>();
    for (Move move : moves) {
      Run moved =
          new Run(
              move.from(),
              move.records(),
              move.maxTimestamp(),
              new Payload.Wal(object),
              position,
              move.length());
      position += move.length();
      commands.add(
          new Command.Move(
              move.bucket(),
              move.ownerEpoch(),
              move.from(),
              move.to(),
              move.runs().stream().map(Run::payload).toList(),
              moved,
              total));
    }
    loop.handle(
        proposer.propose(
            new Command.ReplaceRuns(ticker.incarnation(), commands, clock.wallMillis())),
        (reply, failure) -> {
          if (failure != null) {
            log.info("moving inline records did not succeed: {}", failure.toString());
          }
          moving = false;
          if (failure == null) {
            check();
          }
        });
  }

  private void end(List<Fetched.LogBatch> batches, String what, Throwable failure) {
    log.info("{} did not succeed, it is tried again: {}", what, failure.toString());
    batches.forEach(batch -> batch.encoded().close());
    moving = false;
  }
}
