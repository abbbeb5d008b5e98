package io.thalweg.server.owner;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Lineage;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.store.ProgressMark;
import io.thalweg.format.store.StoreMarker;
import io.thalweg.format.wal.WalObject;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure that the object store belongs to this cluster, and that the cluster's log is not an
 * older copy of the one that the store knows: before this server joins, and again before it deletes
 * anything. It claims an empty store for the cluster. Owned by the server's loop.
 */
public final class StoreClaim {
  private static final Logger log = LoggerFactory.getLogger(StoreClaim.class);
  private static final long RETRY_NANOS = Duration.ofMillis(200).toNanos();
  private static final int DAMAGED_TRIES = 10;

  private final EventLoop loop;
  private final Replica replica;
  private final Proposer proposer;
  private final ObjectStore store;
  private final ClaimRules rules;
  private final String newStoreId;
  private final Consumer<ThalwegException> lost;
  private boolean isClaimed;
  private boolean closed;
  private int failures;

  /**
   * A claim that has not begun.
   *
   * @param newStoreId the id of the store if it has none, never used before
   * @param lost called if a store that belonged to this cluster no longer does
   */
  public StoreClaim(
      ServerContext context, ClaimRules rules, String newStoreId, Consumer<ThalwegException> lost) {
    this.loop = context.loop();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.store = context.store();
    this.rules = rules;
    this.newStoreId = newStoreId;
    this.lost = lost;
  }

  /**
   * Completes, on the loop, once the store belongs to this cluster; tries until that is certain.
   * Fails with WRONG_CLUSTER if it belongs to another one.
   */
  public CompletableFuture<Void> claim() {
    CompletableFuture<Void> claimed = new CompletableFuture<>();
    attempt(claimed, DAMAGED_TRIES);
    return claimed;
  }

  /**
   * A marker that one read finds damaged may be whole in the next, so one damaged read decides
   * nothing.
   */
  private void attempt(CompletableFuture<Void> claimed, int damagedTries) {
    if (closed) {
      return;
    }
    loop.handle(
        verify(),
        (done, failure) -> {
          if (failure == null) {
            isClaimed = true;
            claimed.complete(null);
            return;
          }
          ErrorCode code =
              failure instanceof ThalwegException said ? said.code() : ErrorCode.UNAVAILABLE;
          boolean damaged = code == ErrorCode.CORRUPT_DATA;
          boolean hopeless = code == ErrorCode.WRONG_CLUSTER || code == ErrorCode.UNSUPPORTED;
          if (hopeless || (damaged && damagedTries <= 1)) {
            claimed.completeExceptionally(failure);
            return;
          }
          if (Integer.bitCount(++failures) == 1) {
            log.warn(
                "the server takes no writes yet: the object store is not claimed, trying again: {}",
                failure.toString());
          }
          int left = damaged ? damagedTries - 1 : damagedTries;
          loop.schedule(RETRY_NANOS, () -> attempt(claimed, left));
        });
  }

  /** Stops trying. */
  public void close() {
    closed = true;
  }

  /**
   * Checks once whether the store belongs to this cluster. Fails with WRONG_CLUSTER or CORRUPT_DATA
   * if it does not, with UNSUPPORTED if another release made its marker, and with the cause if it
   * cannot tell. Completes on the loop.
   */
  public CompletableFuture<Void> verify() {
    loop.assertInLoop();
    CompletableFuture<Void> verified =
        then(then(replica.current(), known -> read()), marker -> judge(marker, 2));
    loop.handle(
        verified,
        (done, failure) -> {
          if (isClaimed
              && failure instanceof ThalwegException wrong
              && wrong.code() == ErrorCode.WRONG_CLUSTER) {
            lost.accept(wrong);
          }
        });
    return verified;
  }

  /** Runs {@code next} on the loop, once {@code first} is complete. */
  private <A, B> CompletableFuture<B> then(
      CompletableFuture<A> first, Function<A, CompletableFuture<B>> next) {
    CompletableFuture<B> result = new CompletableFuture<>();
    loop.handle(
        first,
        (value, failure) -> {
          if (failure != null) {
            result.completeExceptionally(cause(failure));
            return;
          }
          try {
            loop.handle(
                next.apply(value),
                (there, lost) -> {
                  if (lost != null) {
                    result.completeExceptionally(cause(lost));
                  } else {
                    result.complete(there);
                  }
                });
          } catch (ThalwegException refused) {
            result.completeExceptionally(refused);
          }
        });
    return result;
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private CompletableFuture<Optional<StoreMarker>> read() {
    return then(
        store.head(StoreMarker.KEY),
        found -> {
          if (found.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
          }
          long size = found.get().size();
          if (size > StoreMarker.MAX_BYTES) {
            throw ThalwegException.corrupt(
                "object " + StoreMarker.KEY + " has " + size + " bytes; it is no marker");
          }
          return then(
              store.get(StoreMarker.KEY, 0, (int) size),
              bytes -> CompletableFuture.completedFuture(Optional.of(StoreMarker.decode(bytes))));
        });
  }

  private CompletableFuture<Void> judge(Optional<StoreMarker> found, int tries) {
    Lineage lineage = replica.state().lineage();
    if (lineage.clusterId().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.UNAVAILABLE, "the coordinator has not opened its log yet");
    }
    if (found.isEmpty()) {
      return makeOurs(lineage, tries);
    }
    StoreMarker marker = found.get();
    if (!rules.isOurs(marker.clusterId(), lineage.clusterId())) {
      throw wrong(
          "the object store belongs to another cluster ("
              + marker.clusterId()
              + ", not "
              + lineage.clusterId()
              + "); give this cluster a store or prefix of its own, or start the coordinator on the"
              + " directory that belongs to the store");
    }
    if (lineage.storeId().isEmpty()) {
      return then(
          proposer.propose(new Command.BindStore(marker.storeId())), bound -> checkProgress());
    }
    if (rules.isOurs(marker.storeId(), lineage.storeId())) {
      return checkProgress();
    }
    throw wrong(
        "the cluster's data are in another object store than the one given; give --store the same"
            + " directory or bucket as before");
  }

  private CompletableFuture<Void> makeOurs(Lineage lineage, int tries) {
    if (!lineage.storeId().isEmpty()) {
      throw wrong(
          "the object store is empty or not this cluster's: it lacks "
              + StoreMarker.KEY
              + ", which this cluster has put into its store; give --store the same directory or"
              + " bucket as before, and make sure that it is mounted");
    }
    if (tries == 0) {
      throw new ThalwegException(ErrorCode.UNAVAILABLE, "the store's marker cannot be read back");
    }
    return then(
        holdsObjects(),
        holds -> {
          if (holds && replica.state().incarnations().isNew()) {
            throw wrong(
                "the object store holds the data of another cluster, and this coordinator's"
                    + " directory is new; start the coordinator on the directory that belongs to"
                    + " the store, or give --store an empty directory or prefix");
          }
          StoreMarker marker = new StoreMarker(lineage.clusterId(), newStoreId);
          return then(
              store.putIfAbsent(StoreMarker.KEY, List.of(ByteBuffer.wrap(marker.encode()))),
              put -> then(read(), again -> judge(again, tries - 1)));
        });
  }

  private CompletableFuture<Boolean> holdsObjects() {
    return then(
        store.list(WalObject.PREFIX, "", 1),
        wal ->
            then(
                store.list(SegmentFile.PREFIX, "", 1),
                tables -> CompletableFuture.completedFuture(!wal.isEmpty() || !tables.isEmpty())));
  }

  /** Checks that no mark is ahead of the cluster's log, or belongs to another log. */
  private CompletableFuture<Void> checkProgress() {
    return then(
        store.list(ProgressMark.PREFIX, "", ObjectStore.MAX_BATCH),
        // Other servers may put marks meanwhile; the current log contains all that the marks name.
        marks ->
            then(
                replica.current(),
                current -> {
                  marks.forEach(mark -> ProgressMark.ofKey(mark.key()).ifPresent(this::check));
                  return CompletableFuture.completedFuture(null);
                }));
  }

  private void check(ProgressMark mark) {
    ClusterState state = replica.state();
    LogPosition seen = new LogPosition(mark.timeline(), mark.index(), mark.opening());
    Optional<String> why = state.lineage().whyForeign(seen, state.appliedIndex());
    if (!rules.isPast(why)) {
      throw wrong(
          "the coordinator's directory is older than the object store, or another copy of it: "
              + why.orElseThrow()
              + ". Start the coordinator on its latest directory. If that is lost and this backup"
              + " is to be used, losing what was written since: thalweg coordinator restore --data"
              + " DIR. With several coordinators stop all and copy their directories first"
              + " (docs/operations.md)");
    }
  }

  private static ThalwegException wrong(String why) {
    return new ThalwegException(ErrorCode.WRONG_CLUSTER, why);
  }
}
