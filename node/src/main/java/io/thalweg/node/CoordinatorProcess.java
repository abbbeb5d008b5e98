package io.thalweg.node;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.api.CoordinatorConfig;
import io.thalweg.coordinator.api.CoordinatorMeters;
import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.api.Liveness;
import io.thalweg.coordinator.api.LocalCoordinator;
import io.thalweg.coordinator.api.LogOpening;
import io.thalweg.coordinator.api.OwnerAssigner;
import io.thalweg.coordinator.api.TimeLimit;
import io.thalweg.coordinator.api.TransactionTimeouts;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MemberLog;
import io.thalweg.coordinator.ratis.RatisConfig;
import io.thalweg.coordinator.ratis.RatisMetadataLog;
import io.thalweg.coordinator.ratis.remote.CoordinatorQueries;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.coordinator.wal.RaftTakeover;
import io.thalweg.coordinator.wal.WalConfig;
import io.thalweg.coordinator.wal.WalMetadataLog;
import io.thalweg.coordinator.wal.WalMeters;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.ThreadEventLoop;
import io.thalweg.runtime.config.Settings;
import io.thalweg.runtime.meter.Meters;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** The coordinator role of a process. */
public final class CoordinatorProcess implements AutoCloseable {
  private final ThreadEventLoop loop;
  private final MemberLog log;
  private final CoordinatorApi api;
  private final CompletableFuture<Void> open;

  private CoordinatorProcess(
      ThreadEventLoop loop, MemberLog log, CoordinatorApi api, CompletableFuture<Void> open) {
    this.loop = loop;
    this.log = log;
    this.api = api;
    this.open = open;
  }

  /** Opens the log of a coordinator's state. */
  private interface Opener {
    MemberLog open(ThreadEventLoop loop, CoordinatorNode node, EntryCheck check);
  }

  /** Starts a member of a group; blocks until the log is restored. */
  public static CoordinatorProcess start(
      Settings settings,
      RatisConfig raft,
      Clock clock,
      Meters meters,
      Consumer<Throwable> onFailure) {
    return start(
        settings,
        new RestoreRequest(raft.directory()),
        raft.alone(),
        clock,
        meters,
        onFailure,
        (loop, node, check) ->
            RatisMetadataLog.open(
                raft, loop, node, check, new CoordinatorQueries(node), onFailure));
  }

  /**
   * Starts a coordinator that is alone and serves this process only; blocks until the log is
   * restored. Takes over a directory that a group of one has left.
   */
  public static CoordinatorProcess startAlone(
      Settings settings,
      RatisConfig raft,
      Clock clock,
      Meters meters,
      Consumer<Throwable> onFailure) {
    WalConfig config = WalConfig.of(raft);
    RestoreRequest restore = new RestoreRequest(raft.directory());
    RaftTakeover.ifNeeded(
        raft, config, loop -> node(loop, settings, new CoordinatorMeters(clock, Meters.NONE)));
    return start(
        settings,
        restore,
        true,
        clock,
        meters,
        onFailure,
        (loop, node, check) ->
            WalMetadataLog.open(
                config, loop, node, check, new WalMeters(clock, meters), onFailure));
  }

  private static CoordinatorNode node(
      ThreadEventLoop loop, Settings settings, CoordinatorMeters meters) {
    return new CoordinatorNode(
        loop,
        CoordinatorConfig.from(settings),
        () -> new ClusterState(Limits.STANDARD, CommitRules.STANDARD),
        meters);
  }

  private static CoordinatorProcess start(
      Settings settings,
      RestoreRequest restore,
      boolean alone,
      Clock clock,
      Meters meters,
      Consumer<Throwable> onFailure,
      Opener opener) {
    CoordinatorConfig config = CoordinatorConfig.from(settings);
    ThreadEventLoop loop = new ThreadEventLoop("thalweg-coordinator", onFailure, meters);
    try {
      CoordinatorNode node = node(loop, settings, new CoordinatorMeters(clock, meters));
      TimeLimit times = new TimeLimit(clock, node::clusterMillis);
      AtomicReference<Liveness> liveness = new AtomicReference<>();
      MemberLog log =
          opener.open(
              loop,
              node,
              CoordinatorQueries.entryCheck(
                  times,
                  refused ->
                      Optional.ofNullable(liveness.get()).ifPresent(l -> l.refused(refused))));
      liveness.set(new Liveness(node, log, clock, config));
      liveness.get().start();
      new OwnerAssigner(node, log, config).start();
      new TransactionTimeouts(node, log).start();
      if (log.lostEntries() && alone) {
        // The object store may refer to the lost entries, and no other member has them, so a new
        // timeline begins.
        restore.write(clock.wallMillis());
        log.lossIsKnown();
      }
      loop.execute(
          () ->
              node.listen(
                  (index, command, reply) -> {
                    if (index > log.found()) {
                      applied(command, restore);
                    }
                  }));
      CompletableFuture<Void> open =
          log.leading()
              .thenCompose(leading -> new LogOpening(node, log, restore.opening()).start());
      return new CoordinatorProcess(loop, log, new LocalCoordinator(node, log, times), open);
    } catch (RuntimeException | Error failure) {
      loop.close();
      throw failure;
    }
  }

  /** Removes the request once the timeline has begun, here or at another member. */
  private static void applied(Command command, RestoreRequest restore) {
    if (command instanceof Command.OpenLog opening && opening.restored()) {
      restore.done();
    }
  }

  /** The coordinator for servers in this process. */
  public CoordinatorApi api() {
    return api;
  }

  /** Blocks until this member leads and its log is open. */
  public void awaitLeading() {
    open.join();
  }

  /**
   * Blocks until this member works: it leads and its log is open, or it follows a leader and has
   * all that was committed by then.
   */
  public void awaitWorking() {
    CompletableFuture.anyOf(open, log.following()).join();
  }

  @Override
  public void close() {
    log.close();
    loop.close();
  }
}
