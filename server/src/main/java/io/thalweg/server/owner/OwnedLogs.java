package io.thalweg.server.owner;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.replica.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * Says which buckets of a table this server owns, and lets callers wait until that changes. Owned
 * by the server's loop.
 */
public final class OwnedLogs implements Replica.Listener {
  private final EventLoop loop;
  private final Replica replica;
  private final LongSupplier incarnation;
  private final List<Wait> waiting = new ArrayList<>();

  /** One who waits. */
  private record Wait(
      TableInfo table,
      Map<Integer, Integer> known,
      CompletableFuture<Map<Integer, Integer>> answer,
      EventLoop.Cancellable timer) {}

  /**
   * Over {@code replica}, which it follows.
   *
   * @param incarnation of this server; 0 while it has none
   */
  public OwnedLogs(EventLoop loop, Replica replica, LongSupplier incarnation) {
    this.loop = loop;
    this.replica = replica;
    this.incarnation = incarnation;
    replica.listen(this);
  }

  /** See {@code ServerApi.ownedHere}. */
  public CompletableFuture<Map<Integer, Integer>> owned(
      TableInfo table, Map<Integer, Integer> known, long nanos) {
    Map<Integer, Integer> now = now(table);
    if (nanos <= 0 || !now.equals(known)) {
      return CompletableFuture.completedFuture(now);
    }
    CompletableFuture<Map<Integer, Integer>> answer = new CompletableFuture<>();
    waiting.add(
        new Wait(table, Map.copyOf(known), answer, loop.schedule(nanos, () -> end(answer, table))));
    return answer;
  }

  private Map<Integer, Integer> now(TableInfo table) {
    Map<Integer, Integer> owned = new TreeMap<>();
    long mine = incarnation.getAsLong();
    for (int number : table.buckets()) {
      Optional<BucketState> bucket = replica.state().bucket(table.bucket(number));
      if (mine != 0 && bucket.isPresent() && bucket.get().owner() == mine) {
        owned.put(number, bucket.get().ownerEpoch());
      }
    }
    return owned;
  }

  private void end(CompletableFuture<Map<Integer, Integer>> answer, TableInfo table) {
    waiting.removeIf(each -> each.answer == answer);
    answer.complete(now(table));
  }

  /** Answers those for whom something changed; also called when this server's incarnation does. */
  public void check() {
    for (Wait each : List.copyOf(waiting)) {
      if (!now(each.table).equals(each.known)) {
        each.timer.cancel();
        end(each.answer, each.table);
      }
    }
  }

  @Override
  public void applied(Command command, Reply reply) {
    // What matters comes by bucketsChanged.
  }

  @Override
  public void bucketsChanged(Set<TableBucket> buckets) {
    for (Wait each : List.copyOf(waiting)) {
      if (buckets.stream().anyMatch(id -> id.storage().equals(each.table.storage()))) {
        check();
        return;
      }
    }
  }

  @Override
  public void jumped() {
    check();
  }

  /** Ends all waiting. */
  public void close() {
    List.copyOf(waiting)
        .forEach(
            each -> {
              each.timer.cancel();
              waiting.remove(each);
              each.answer.complete(Map.of());
            });
  }
}
