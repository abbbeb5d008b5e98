package io.thalweg.coordinator.api;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.format.schema.TableBucket;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.LongPredicate;

/**
 * Decides which server gets the buckets without a living owner. A server that starts again gets
 * back the buckets of its last incarnation, whose local rows it still has; other buckets go to the
 * incarnation that owns the fewest. Pure: the same state gives the same answer.
 */
final class OwnerPolicy {
  private OwnerPolicy() {}

  private record Load(long incarnation, int buckets) {}

  /**
   * The assignments that are due.
   *
   * @param awaited whether the server of a closed incarnation is expected back shortly, so that its
   *     buckets wait
   * @param most assignments at one time; the rest is due once these are applied
   */
  static List<Command.Assignment> due(ClusterState state, LongPredicate awaited, int most) {
    Map<String, Long> openByServer = new HashMap<>();
    PriorityQueue<Load> fewest =
        new PriorityQueue<>(
            Comparator.comparingInt(Load::buckets).thenComparingLong(Load::incarnation));
    for (Incarnation open : state.incarnations().open()) {
      openByServer.put(open.serverId(), open.number());
      fewest.add(new Load(open.number(), state.owners().of(open.number()).size()));
    }
    List<Command.Assignment> due = new ArrayList<>();
    if (fewest.isEmpty()) {
      return due;
    }
    for (Map.Entry<Long, ? extends NavigableSet<TableBucket>> owned :
        state.owners().all().entrySet()) {
      long owner = owned.getKey();
      if (state.incarnations().isOpen(owner)) {
        continue;
      }
      Optional<Long> returned =
          state.incarnations().find(owner).map(was -> openByServer.get(was.serverId()));
      if (returned.isEmpty() && awaited.test(owner)) {
        continue;
      }
      for (TableBucket id : owned.getValue()) {
        if (due.size() >= most) {
          return due;
        }
        BucketState bucket = state.bucket(id).orElseThrow();
        long to = returned.orElseGet(() -> next(fewest));
        due.add(new Command.Assignment(id, to, bucket.ownerEpoch()));
      }
    }
    return due;
  }

  /** The incarnation with the fewest buckets, which gets one more. */
  private static long next(PriorityQueue<Load> fewest) {
    Load least = fewest.remove();
    fewest.add(new Load(least.incarnation, least.buckets + 1));
    return least.incarnation;
  }
}
