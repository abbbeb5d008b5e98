package io.thalweg.simulation;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.runtime.RandomSource;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.simulation.client.Workload;
import io.thalweg.simulation.cluster.CoordinatorProcess;
import io.thalweg.simulation.cluster.ForeignCluster;
import io.thalweg.simulation.cluster.NemesisAction;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.cluster.SimCluster;
import io.thalweg.simulation.cluster.SimParameters;
import io.thalweg.simulation.world.SimProcess;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Injects faults into the cluster at random times, until it is stopped. */
final class Nemesis {
  private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();
  private static final long YEAR_MILLIS = Duration.ofDays(365).toMillis();

  private final SimCluster cluster;
  private final SimParameters parameters;
  private final RandomSource random;
  private final SimEventLoop loop;
  private final Map<NemesisAction, Long> counts = new EnumMap<>(NemesisAction.class);
  private boolean stopped;

  Nemesis(SimCluster cluster, SimParameters parameters) {
    this.cluster = cluster;
    this.parameters = parameters;
    this.random = cluster.scheduler().random();
    this.loop = cluster.scheduler().newLoop("nemesis");
  }

  /** How often each action was done. */
  Map<NemesisAction, Long> counts() {
    return counts;
  }

  /** Begins. */
  void start() {
    if (!parameters.actions().isEmpty()) {
      next();
    }
  }

  /** Ends; faults stay until somebody heals them. */
  void stop() {
    stopped = true;
  }

  private long upTo(long nanos) {
    return 1 + Math.floorMod(random.nextLong(), nanos);
  }

  private long upToMillis(long millis) {
    return upTo(Duration.ofMillis(millis).toNanos());
  }

  private void next() {
    loop.schedule(
        upTo(2 * parameters.actionEveryNanos()),
        () -> {
          if (!stopped) {
            List<NemesisAction> choices = List.copyOf(parameters.actions());
            act(choices.get(random.nextInt(choices.size())));
            next();
          }
        });
  }

  private void act(NemesisAction action) {
    ServerProcess server = cluster.servers().get(random.nextInt(cluster.servers().size()));
    CoordinatorProcess coordinator = cluster.coordinator();
    boolean done =
        switch (action) {
          case CRASH_SERVER -> crash(server);
          case STOP_SERVER -> stop(server);
          case TWIN_SERVER -> twin(server);
          case PAUSE_SERVER -> pause(server);
          case CRASH_COORDINATOR -> crash(coordinator);
          case PAUSE_COORDINATOR -> pause(coordinator);
          case CUT_BOTH_WAYS -> {
            // Sometimes long enough for another owner to take over and get writes.
            long nanos = upToMillis(random.nextInt(2) == 0 ? 4_000 : 8_000);
            cut(server.name(), coordinator.name(), nanos);
            yield cut(coordinator.name(), server.name(), nanos);
          }
          case CUT_REQUESTS -> cut(server.name(), coordinator.name(), upToMillis(4_000));
          case CUT_ANSWERS -> cut(coordinator.name(), server.name(), upToMillis(4_000));
          case CUT_CLIENTS -> {
            long nanos = upToMillis(3_000);
            cut(Workload.CLIENTS, server.name(), nanos);
            yield cut(server.name(), Workload.CLIENTS, nanos);
          }
          case JUMP_CLOCK -> jump(server, HOUR_MILLIS);
          case JUMP_CLOCK_BY_YEARS -> jump(server, 3 * YEAR_MILLIS);
          case FOREIGN_CLUSTER -> foreign();
          case LOSE_LEADER -> {
            cluster.log().loseLeader(upToMillis(1_500));
            yield true;
          }
          case LAG_FEED -> lagFeed(server);
          case FAIL_ROW_WRITES -> failRowWrites(server);
          case CLOSE_INCARNATION -> closeIncarnation();
        };
    if (done) {
      counts.merge(action, 1L, Long::sum);
      cluster.trace().event("nemesis", counts.get(action), () -> action + " of " + server.name());
    }
  }

  private boolean crash(SimProcess process) {
    if (!process.isUp()) {
      return false;
    }
    cluster.crash(process);
    loop.schedule(upToMillis(random.nextInt(4) == 0 ? 5_000 : 500), () -> restart(process));
    return true;
  }

  private void restart(SimProcess process) {
    if (!stopped && !process.isUp()) {
      cluster.start(process);
    }
  }

  private boolean stop(ServerProcess server) {
    if (!server.isUp() || server.isLeaving()) {
      return false;
    }
    int life = server.life();
    loop.handle(
        server.leave(),
        (left, failure) ->
            loop.schedule(
                upToMillis(1_000),
                () -> {
                  if (!stopped && server.isUp() && server.life() == life) {
                    cluster.crash(server);
                    loop.schedule(upToMillis(500), () -> restart(server));
                  }
                }));
    return true;
  }

  private boolean twin(ServerProcess server) {
    if (!server.isUp()) {
      return false;
    }
    SimEventLoop first = cluster.startBeside(server);
    loop.schedule(upToMillis(3_000), first::stop);
    return true;
  }

  private boolean pause(SimProcess process) {
    if (!process.isUp()) {
      return false;
    }
    long nanos = upToMillis(random.nextInt(2) == 0 ? 300 : 5_000);
    if (process instanceof ServerProcess server && random.nextInt(3) == 0) {
      server.pauseRows(nanos);
    } else {
      process.loop().pause(nanos);
    }
    return true;
  }

  private boolean cut(String from, String to, long nanos) {
    cluster.network().cut(from, to);
    loop.schedule(
        nanos,
        () -> {
          if (!stopped) {
            cluster.network().heal(from, to);
          }
        });
    return true;
  }

  /** Makes a clock jump by less than {@code most}, either way: the coordinator's, or a server's. */
  private boolean jump(ServerProcess server, long most) {
    SimProcess process = parameters.badCoordinatorClock() ? cluster.coordinator() : server;
    process.jumpWallClock(Math.floorMod(random.nextLong(), 2 * most) - most);
    return true;
  }

  private boolean foreign() {
    ForeignCluster foreign = cluster.foreign();
    if (foreign.isUp()) {
      return false;
    }
    foreign.start();
    loop.schedule(upToMillis(1_000), foreign::restartServer);
    loop.schedule(1_000_000_000L + upToMillis(1_000), foreign::restartServer);
    loop.schedule(5_000_000_000L, foreign::stop);
    return true;
  }

  private boolean lagFeed(ServerProcess server) {
    cluster.network().lagFeed(server, upToMillis(3_000));
    return true;
  }

  private boolean failRowWrites(ServerProcess server) {
    server.localDisk().failing(true);
    loop.schedule(upToMillis(1_500), () -> server.localDisk().failing(false));
    return random.nextInt(4) == 0 || lagFeed(server);
  }

  private boolean closeIncarnation() {
    CoordinatorProcess coordinator = cluster.coordinator();
    if (!coordinator.isUp()) {
      return false;
    }
    int die = random.nextInt(1 << 20);
    coordinator
        .loop()
        .execute(
            () -> {
              List<Incarnation> open = coordinator.node().state().incarnations().open();
              if (!open.isEmpty()) {
                var unused =
                    coordinator
                        .api()
                        .propose(
                            new Command.CloseIncarnation(
                                open.get(die % open.size()).number(),
                                die % 3 == 0,
                                coordinator.clock().wallMillis()),
                            List.of());
              }
            });
    return true;
  }
}
