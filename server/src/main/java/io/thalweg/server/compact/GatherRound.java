package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.wal.WalObject;
import io.thalweg.server.read.SharedLoader.Wanted;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one round of the {@link Gatherer} puts into one object: for each bucket, consecutive runs
 * that become one. Bounded in bytes, runs and moves. Owned by the server's loop.
 */
final class GatherRound {
  private static final int MOST_MOVES = 1_024;
  private static final int MOST_RUNS = 8_192;

  private final List<Move> moves = new ArrayList<>();
  private final Set<TableBucket> buckets = new HashSet<>();
  private final long incarnation;
  private long room;
  private int runs;
  private boolean full;

  /** Consecutive runs of one bucket that become one run. */
  record Move(TableBucket bucket, int ownerEpoch, List<Run> runs) {
    long from() {
      return runs.get(0).baseOffset();
    }

    long to() {
      return runs.get(runs.size() - 1).endOffset();
    }

    int length() {
      return runs.stream().mapToInt(Run::length).sum();
    }

    /** Whether the bucket is this incarnation's and the runs are where they were. */
    boolean isCurrent(ClusterState state, long incarnation) {
      BucketState now = state.bucket(bucket).orElse(null);
      if (now == null || now.owner() != incarnation || now.ownerEpoch() != ownerEpoch) {
        return false;
      }
      BucketLog log = now.log();
      int first = log.indexOf(from());
      return first + runs.size() <= log.runs().size()
          && log.runs().subList(first, first + runs.size()).equals(runs);
    }

    private Command.Move command(WalObject object, int position, int total) {
      Run moved =
          new Run(
              from(),
              Math.toIntExact(to() - from()),
              runs.stream().mapToLong(Run::maxTimestamp).max().orElseThrow(),
              new Payload.Wal(object),
              position,
              length());
      return new Command.Move(
          bucket, ownerEpoch, from(), to(), runs.stream().map(Run::payload).toList(), moved, total);
    }
  }

  /** An empty round of {@code incarnation} that puts at most {@code objectMax} bytes. */
  GatherRound(long incarnation, int objectMax) {
    this.incarnation = incarnation;
    this.room = objectMax;
  }

  /** The incarnation that owns the buckets. */
  long incarnation() {
    return incarnation;
  }

  /** What is moved, in the order of the object's bytes. */
  List<Move> moves() {
    return moves;
  }

  /** Bytes that may still be added. */
  long room() {
    return full ? 0 : room;
  }

  /** Bytes of all runs. */
  long bytes() {
    return moves.stream().mapToLong(Move::length).sum();
  }

  /** Whether something of {@code bucket} is moved. */
  boolean has(TableBucket bucket) {
    return buckets.contains(bucket);
  }

  /** Adds runs for which there is room. */
  void add(Move move) {
    moves.add(move);
    buckets.add(move.bucket);
    room -= move.length();
    runs += move.runs.size();
    full |= moves.size() >= MOST_MOVES || runs >= MOST_RUNS;
  }

  /**
   * Adds the runs of {@code bucket} from {@code fromOffset} on that live in no object, while there
   * is room; the round's first run in any case.
   */
  void addInline(TableBucket id, BucketState bucket, long fromOffset) {
    List<Run> stretch = new ArrayList<>();
    long bytes = 0;
    BucketLog log = bucket.log();
    int first = Math.max(log.settledRuns(), log.indexOf(fromOffset));
    for (Run run : log.runs().subList(first, log.runs().size())) {
      boolean inline = !(run.payload() instanceof Payload.Stored);
      boolean fits =
          (moves.isEmpty() && stretch.isEmpty())
              || (room() >= bytes + run.length() && runs + stretch.size() < MOST_RUNS);
      if (inline && fits) {
        stretch.add(run);
        bytes += run.length();
        continue;
      }
      if (!stretch.isEmpty()) {
        add(new Move(id, bucket.ownerEpoch(), List.copyOf(stretch)));
        stretch.clear();
        bytes = 0;
      }
      if (inline) {
        full = true;
        return;
      }
    }
    if (!stretch.isEmpty()) {
      add(new Move(id, bucket.ownerEpoch(), List.copyOf(stretch)));
    }
  }

  /** Takes {@code move} out again, because its runs cannot be read. */
  void drop(Move move) {
    moves.remove(move);
  }

  /** All runs, move by move. */
  List<Wanted> wanted() {
    List<Wanted> wanted = new ArrayList<>();
    for (Move move : moves) {
      move.runs.forEach(run -> wanted.add(new Wanted(move.bucket, run)));
    }
    return wanted;
  }

  /**
   * The swaps to propose once {@code object} holds the runs, back to back after its header. Moves
   * that the state no longer allows are left out; if it allows none, all are proposed, so that the
   * object becomes known as garbage.
   */
  List<Command.Move> commands(WalObject object, ClusterState state) {
    int total = Math.toIntExact(WalObject.HEADER_SIZE + bytes());
    int position = WalObject.HEADER_SIZE;
    List<Command.Move> all = new ArrayList<>();
    List<Command.Move> current = new ArrayList<>();
    for (Move move : moves) {
      Command.Move command = move.command(object, position, total);
      position += move.length();
      all.add(command);
      if (move.isCurrent(state, incarnation)) {
        current.add(command);
      }
    }
    return current.isEmpty() ? all : current;
  }
}
