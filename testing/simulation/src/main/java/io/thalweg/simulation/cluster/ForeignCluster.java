package io.thalweg.simulation.cluster;

import io.thalweg.coordinator.sim.LogFaults;
import io.thalweg.coordinator.sim.SimMetadataLog;
import io.thalweg.runtime.sim.SimScheduler;
import java.util.function.Function;

/**
 * Another cluster that somebody starts on the same object store by mistake: a coordinator with a
 * log of its own, and a server. Its server must be refused; otherwise it would sweep objects that
 * it does not know.
 */
public final class ForeignCluster {
  private final CoordinatorProcess coordinator;
  private final ServerProcess server;

  /** A cluster that is down; {@code newServer} makes its server, given its coordinator. */
  ForeignCluster(
      SimScheduler scheduler,
      SimParameters parameters,
      Seams seams,
      Function<CoordinatorProcess, ServerProcess> newServer) {
    SimMetadataLog.Cluster log =
        new SimMetadataLog.Cluster(scheduler, scheduler.random(), LogFaults.NONE);
    this.coordinator =
        new CoordinatorProcess(
            scheduler, "foreign-c", log, parameters.coordinator(), parameters.limits(), seams);
    this.server = newServer.apply(coordinator);
  }

  /** Whether it was started and not stopped. */
  public boolean isUp() {
    return coordinator.isUp();
  }

  /** Starts its coordinator and its server. */
  public void start() {
    coordinator.start();
    server.start();
  }

  /** Restarts the server, so that earlier objects belong to no living incarnation. */
  public void restartServer() {
    if (isUp()) {
      server.crash();
      server.start();
    }
  }

  /** Ends both processes. */
  public void stop() {
    if (isUp()) {
      server.crash();
      coordinator.crash();
    }
  }
}
