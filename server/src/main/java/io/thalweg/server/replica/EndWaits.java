package io.thalweg.server.replica;

import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Lets readers of many buckets wait until one of these ends elsewhere. Owned by the server's loop.
 */
public final class EndWaits implements Replica.Listener {
  /** Most buckets for which anybody waits, one that two wait for counted twice. */
  private static final int MAX_WAITING = 1_000_000;

  private final EventLoop loop;
  private final Replica replica;
  private final Map<TableBucket, Set<Wait>> waiting = new HashMap<>();
  private int count;
  private boolean closed;

  /** One who waits. */
  private static final class Wait {
    final Map<TableBucket, Long> ends;
    final CompletableFuture<Void> changed = new CompletableFuture<>();
    EventLoop.Cancellable timer;

    Wait(Map<TableBucket, Long> ends) {
      this.ends = ends;
    }
  }

  /** Waits over {@code replica}, which it follows. */
  public EndWaits(EventLoop loop, Replica replica) {
    this.loop = loop;
    this.replica = replica;
    replica.listen(this);
  }

  /** See {@code ServerApi.changed}. */
  public CompletableFuture<Void> changed(Map<TableBucket, Long> ends, long nanos) {
    loop.assertInLoop();
    Wait wait = new Wait(Map.copyOf(ends));
    boolean known = ends.entrySet().stream().anyMatch(each -> isChanged(each.getKey(), wait));
    if (known || nanos <= 0 || closed) {
      wait.changed.complete(null);
      return wait.changed;
    }
    if (count + ends.size() > MAX_WAITING) {
      return CompletableFuture.failedFuture(
          new ThalwegException(
              ErrorCode.OVERLOADED, "too many readers wait for new records; try again shortly"));
    }
    wait.ends
        .keySet()
        .forEach(each -> waiting.computeIfAbsent(each, none -> new HashSet<>()).add(wait));
    count += wait.ends.size();
    wait.timer = loop.schedule(nanos, () -> end(wait));
    return wait.changed;
  }

  private boolean isChanged(TableBucket bucket, Wait wait) {
    Optional<BucketState> now = replica.state().bucket(bucket);
    return now.isEmpty() || now.get().log().endOffset() != wait.ends.get(bucket);
  }

  private void end(Wait wait) {
    if (wait.changed.isDone()) {
      return;
    }
    for (TableBucket bucket : wait.ends.keySet()) {
      Set<Wait> others = waiting.get(bucket);
      others.remove(wait);
      if (others.isEmpty()) {
        waiting.remove(bucket);
      }
    }
    count -= wait.ends.size();
    wait.timer.cancel();
    wait.changed.complete(null);
  }

  private void look(TableBucket bucket) {
    Set<Wait> there = waiting.get(bucket);
    if (there != null) {
      there.stream().filter(each -> isChanged(bucket, each)).toList().forEach(this::end);
    }
  }

  @Override
  public void bucketsChanged(Set<TableBucket> buckets) {
    buckets.forEach(this::look);
  }

  @Override
  public void jumped() {
    List.copyOf(waiting.keySet()).forEach(this::look);
  }

  /** Ends all waiting. */
  public void close() {
    closed = true;
    List.copyOf(waiting.keySet())
        .forEach(bucket -> List.copyOf(waiting.getOrDefault(bucket, Set.of())).forEach(this::end));
  }
}
