package io.thalweg.server.replica;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.api.CoordinatorApi.FeedPage;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketListener;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.meter.ReplicaMeters;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the coordinator's feed and tells its listeners about changes. Owned by the server's loop,
 * on which every call and every listener runs.
 */
public final class Replica {
  private static final Logger log = LoggerFactory.getLogger(Replica.class);
  private static final int PAGE_BYTES = 4 << 20;
  private static final long WAIT_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long LOST_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long RETRY_NANOS = Duration.ofMillis(100).toNanos();

  private final EventLoop loop;
  private final CoordinatorApi coordinator;
  private final ClusterState state;
  private final Consumer<ThalwegException> foreign;
  private final List<Listener> listeners = new ArrayList<>();
  private final TreeMap<Long, List<CompletableFuture<Void>>> waiting = new TreeMap<>();
  private final Set<TableBucket> changed = new TreeSet<>();
  private final ReplicaMeters meters;
  private final LatestTables tables;
  private long round;
  private boolean closed;

  /** Learns of changes, on the server's loop. */
  public interface Listener {
    /** A command was applied. */
    default void applied(Command command, Reply reply) {}

    /** The state jumped ahead by a snapshot; anything may have changed. */
    void jumped();

    /**
     * One command created or dropped {@code buckets}, or changed their logs, owners or row
     * snapshots. Called after {@link #applied}; the set is valid during the call.
     */
    default void bucketsChanged(Set<TableBucket> buckets) {}
  }

  /**
   * A replica that begins with {@code emptyState}.
   *
   * @param foreign called once, if the coordinator's log is not the one that this replica has
   *     followed
   */
  public Replica(
      EventLoop loop,
      CoordinatorApi coordinator,
      ClusterState emptyState,
      Consumer<ThalwegException> foreign,
      ReplicaMeters meters) {
    this.loop = loop;
    this.meters = meters;
    this.foreign = foreign;
    this.coordinator = coordinator;
    this.state = emptyState;
    this.tables = new LatestTables(loop, this);
    listeners.add(tables);
    emptyState.listen(
        new BucketListener() {
          @Override
          public void changed(TableBucket bucket) {
            changed.add(bucket);
          }

          @Override
          public void replaced() {
            changed.clear();
          }
        });
  }

  /** Adds a listener; before {@link #start}. */
  public void listen(Listener listener) {
    listeners.add(listener);
  }

  /** Begins to follow. */
  public void start() {
    loop.execute(this::poll);
  }

  /** The state as far as this server knows it. */
  public ClusterState state() {
    loop.assertInLoop();
    return state;
  }

  /** The tables as far as this server knows them. Any thread may call. */
  public LatestTables tables() {
    return tables;
  }

  private void poll() {
    if (closed) {
      return;
    }
    long mine = ++round;
    loop.schedule(LOST_NANOS, () -> pollIfStill(mine));
    loop.handle(
        coordinator.feed(state.position(), PAGE_BYTES, WAIT_NANOS),
        (page, failure) -> {
          if (round == mine && !closed) {
            received(page, failure);
          }
        });
  }

  private void pollIfStill(long expected) {
    if (round == expected) {
      log.info("the feed gave no answer in {} s, asking again", LOST_NANOS / 1_000_000_000);
      poll();
    }
  }

  private void received(FeedPage page, Throwable failure) {
    if (page instanceof CoordinatorApi.Entries entries) {
      entries.entries().forEach(this::apply);
    } else if (page instanceof CoordinatorApi.StateSnapshot snapshot) {
      jump(snapshot.state());
    } else if (page instanceof CoordinatorApi.Foreign other) {
      close();
      foreign.accept(
          new ThalwegException(
              ErrorCode.WRONG_CLUSTER,
              "the coordinator has another log than the one this server has followed: "
                  + other.reason()
                  + "; start the coordinator on its latest directory, then this server. If that is"
                  + " lost: thalweg coordinator restore (docs/operations.md)"));
      return;
    } else {
      long expected = ++round;
      log.debug("no feed: {}", page, failure);
      loop.schedule(RETRY_NANOS, () -> pollIfStill(expected));
      return;
    }
    poll();
  }

  private void apply(CoordinatorApi.FeedEntry entry) {
    if (entry.index() <= state.appliedIndex()) {
      return;
    }
    Command command = CommandCodec.decode(new BytesReader(entry.command()));
    Reply reply = state.apply(entry.index(), command);
    meters.applied(entry.index());
    listeners.forEach(listener -> listener.applied(command, reply));
    if (!changed.isEmpty()) {
      listeners.forEach(listener -> listener.bucketsChanged(changed));
      changed.clear();
    }
    wake();
  }

  private void jump(byte[] snapshot) {
    long before = state.appliedIndex();
    state.restore(ByteBuffer.wrap(snapshot));
    meters.reached(state.appliedIndex());
    if (state.appliedIndex() < before) {
      throw new IllegalStateException(
          "the coordinator's state went back from entry "
              + before
              + " to "
              + state.appliedIndex()
              + "; its storage was replaced");
    }
    listeners.forEach(Listener::jumped);
    wake();
  }

  private void wake() {
    Map<Long, List<CompletableFuture<Void>>> due = waiting.headMap(state.appliedIndex(), true);
    List<CompletableFuture<Void>> woken = new ArrayList<>();
    due.values().forEach(woken::addAll);
    due.clear();
    woken.forEach(future -> future.complete(null));
  }

  /** Completes, on the loop, once entry {@code index} is applied here. */
  public CompletableFuture<Void> applied(long index) {
    loop.assertInLoop();
    if (state.appliedIndex() >= index) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> future = new CompletableFuture<>();
    meters.waits(index, state.appliedIndex(), future);
    waiting.computeIfAbsent(index, none -> new ArrayList<>()).add(future);
    return future;
  }

  /**
   * Completes, on the loop, once this replica has applied everything that was applied anywhere
   * before the call. Fails with UNAVAILABLE if the coordinator cannot tell.
   */
  public CompletableFuture<Void> current() {
    loop.assertInLoop();
    CompletableFuture<Void> current = new CompletableFuture<>();
    EventLoop.Cancellable timer =
        loop.schedule(LOST_NANOS, () -> current.completeExceptionally(unavailable("no answer")));
    loop.handle(
        coordinator.readIndex(),
        (answer, failure) -> {
          if (answer instanceof CoordinatorApi.Index at) {
            loop.handle(
                applied(at.index()),
                (done, never) -> {
                  timer.cancel();
                  current.complete(null);
                });
          } else {
            timer.cancel();
            current.completeExceptionally(
                unavailable(
                    answer instanceof CoordinatorApi.NoIndex none
                        ? none.reason()
                        : String.valueOf(failure)));
          }
        });
    return current;
  }

  private static ThalwegException unavailable(String reason) {
    return new ThalwegException(
        ErrorCode.UNAVAILABLE, "the coordinator cannot say what is current: " + reason);
  }

  /** Stops following. */
  public void close() {
    closed = true;
    round++;
  }
}
