package io.thalweg.server;

import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Lineage;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.owner.ServerIdentity;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads the parts of one server through its life: claim the store, join the cluster, begin and rest
 * with each incarnation, leave. Owned by the server's loop; what is said to be for any thread hops
 * there.
 */
final class ServerLife implements ServerParts.Events {
  private static final Logger log = LoggerFactory.getLogger(ServerLife.class);
  private static final long READY_CHECK_NANOS = 5_000_000L;
  private static final long ROWS_RETRY_NANOS = 1_000_000_000L;

  private final EventLoop loop;
  private final ServerWorkers workers;
  private final KvStores stores;
  private final ServerParts parts;
  private final CompletableFuture<ThalwegException> failed = new CompletableFuture<>();

  /** A server that has not started. */
  ServerLife(
      ServerIdentity identity,
      ServerConfig config,
      ServerEnvironment given,
      ClusterState emptyState,
      ServerRules rules) {
    this.loop = given.loop();
    this.workers = given.workers();
    this.stores = given.stores();
    this.parts = new ServerParts(identity, config, given, emptyState, rules, this);
  }

  /** The parts, for those who send requests to them. */
  ServerParts parts() {
    return parts;
  }

  /** Begins to follow the feed and joins the cluster. Any thread. */
  void start() {
    loop.execute(
        () -> {
          parts.context.replica().start();
          loop.handle(
              parts.claim.claim(),
              (ours, refused) -> {
                if (refused instanceof ThalwegException wrong) {
                  failed(wrong);
                } else {
                  joinWithOwnRows();
                }
              });
        });
  }

  /** Local rows may belong to another cluster, or to a part of the log that is lost. */
  private void joinWithOwnRows() {
    Lineage lineage = parts.context.replica().state().lineage();
    String history = lineage.clusterId() + "." + lineage.timeline();
    loop.handle(
        CompletableFuture.runAsync(() -> stores.belongTo(history), workers.files()),
        (done, failure) -> {
          if (failure == null) {
            parts.membership.join();
          } else {
            log.warn("the local rows cannot be used yet, trying again", failure);
            loop.schedule(ROWS_RETRY_NANOS, this::joinWithOwnRows);
          }
        });
  }

  /** The server is not of this cluster, or not any more. */
  @Override
  public void failed(ThalwegException wrong) {
    parts.membership.end();
    parts.claim.close();
    parts.marks.abandon();
    var unused = rest();
    parts.writer.suspend(wrong.getMessage());
    failed.complete(wrong);
  }

  /** See {@link ThalwegServer#failed}. */
  CompletableFuture<ThalwegException> failed() {
    return failed.copy();
  }

  @Override
  public void joined(long incarnation) {
    parts.writer.open(incarnation);
    parts.gatherer.open(incarnation);
    parts.compactor.open(incarnation);
    parts.cleaner.open(incarnation);
    parts.expiry.open(incarnation);
    parts.partitioner.open(incarnation);
    parts.collector.open(incarnation);
    parts.pins.open(incarnation);
    parts.owned.open(incarnation);
    parts.rowExpiry.open(incarnation);
    parts.marks.open(incarnation);
    parts.ownedLogs.check();
  }

  /** Completes once no rows are read any more to see which are too old. */
  private CompletableFuture<Void> rest() {
    CompletableFuture<Void> expired = parts.rowExpiry.close();
    var unused = parts.owned.close();
    parts.gatherer.close();
    parts.compactor.close();
    parts.cleaner.close();
    parts.expiry.close();
    parts.partitioner.close();
    parts.collector.close();
    parts.pins.close();
    return expired;
  }

  @Override
  public void left(long incarnation) {
    var unused = rest();
    parts.writer.suspend("the cluster closed incarnation " + incarnation + " of this server");
    parts.ownedLogs.check();
  }

  /** See {@link ThalwegServer#ready}. Any thread. */
  CompletableFuture<Void> ready() {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    loop.execute(() -> checkReady(ready));
    return ready;
  }

  private void checkReady(CompletableFuture<Void> ready) {
    if (parts.writer.incarnation() != 0) {
      ready.complete(null);
    } else if (failed.getNow(null) != null) {
      ready.completeExceptionally(failed.getNow(null));
    } else {
      loop.schedule(READY_CHECK_NANOS, () -> checkReady(ready));
    }
  }

  /** See {@link ThalwegServer#close}. Any thread. */
  CompletableFuture<Void> close() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    loop.execute(
        () -> {
          parts.membership.leave();
          parts.claim.close();
          CompletableFuture<Void> expired = rest();
          CompletableFuture<Void> marked = parts.marks.close();
          parts.writer.suspend("the server is closing");
          parts.fetcher.close();
          parts.ends.close();
          parts.catalogWaits.close();
          parts.ownedLogs.close();
          parts.transactionWaits.close();
          parts.context.replica().close();
          parts.tail.close();
          parts.blocks.close();
          loop.handle(
              expired,
              (resting, none) ->
                  loop.handle(
                      CompletableFuture.allOf(
                          parts.owned.close(),
                          parts.compactor.idle(),
                          parts.cleaner.idle(),
                          marked),
                      (done, never) -> drained(closed)));
        });
    return closed;
  }

  /** Completes after the tasks by which scans close their views, and these the rows. */
  private void drained(CompletableFuture<Void> closed) {
    workers
        .read()
        .execute(
            () -> loop.handle(workers.rows().drained(), (done, never) -> closed.complete(null)));
  }
}
