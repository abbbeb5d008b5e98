package io.thalweg.simulation.cluster;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.api.CoordinatorConfig;
import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.api.Liveness;
import io.thalweg.coordinator.api.LocalCoordinator;
import io.thalweg.coordinator.api.LogOpening;
import io.thalweg.coordinator.api.OwnerAssigner;
import io.thalweg.coordinator.api.TimeLimit;
import io.thalweg.coordinator.api.TransactionTimeouts;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.sim.SimMetadataLog;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.simulation.world.SimProcess;

/** A coordinator: its state, its member of the log, and its watch over the incarnations. */
public final class CoordinatorProcess extends SimProcess {
  private final SimMetadataLog.Cluster log;
  private final CoordinatorConfig config;
  private final Limits limits;
  private final Seams seams;
  private CoordinatorNode node;
  private CoordinatorApi api;

  CoordinatorProcess(
      SimScheduler scheduler,
      String name,
      SimMetadataLog.Cluster log,
      CoordinatorConfig config,
      Limits limits,
      Seams seams) {
    super(scheduler, name);
    this.log = log;
    this.config = config;
    this.limits = limits;
    this.seams = seams;
  }

  /** Begins a life, with the content of its log and nothing else of the last life. */
  void start() {
    SimEventLoop loop = begin();
    node = new CoordinatorNode(loop, config, () -> new ClusterState(limits, seams.rules()));
    MetadataLog member = log.open(seams.state(node, log.committed()), loop);
    api =
        seams.coordinator(
            new LocalCoordinator(
                node, member, seams.times(new TimeLimit(clock(), node::clusterMillis))),
            node);
    var unused =
        new LogOpening(node, member, new Command.OpenLog(name() + "-" + life(), false)).start();
    new Liveness(node, member, clock(), config).start();
    new OwnerAssigner(node, member, config).start();
    new TransactionTimeouts(node, member).start();
  }

  /** The API for its callers, on its loop. */
  public CoordinatorApi api() {
    return api;
  }

  /** Its memory, on its loop. */
  public CoordinatorNode node() {
    return node;
  }
}
