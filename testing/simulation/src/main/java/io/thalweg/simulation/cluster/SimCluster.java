package io.thalweg.simulation.cluster;

import io.thalweg.coordinator.sim.LogFaults;
import io.thalweg.coordinator.sim.SimMetadataLog;
import io.thalweg.objectstore.memory.FaultPlan;
import io.thalweg.objectstore.memory.MemoryObjectStore;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.simulation.check.Findings;
import io.thalweg.simulation.check.Sighting;
import io.thalweg.simulation.check.StateChecker;
import io.thalweg.simulation.world.CheckedStore;
import io.thalweg.simulation.world.SegmentDamage;
import io.thalweg.simulation.world.SimMemory;
import io.thalweg.simulation.world.SimNetwork;
import io.thalweg.simulation.world.SimProcess;
import io.thalweg.simulation.world.Trace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One coordinator and two servers, a log, an object store, and the network between them; each
 * process on a loop of its own, all of them on one thread.
 */
public final class SimCluster implements AutoCloseable {
  private final SimScheduler scheduler;
  private final SimParameters parameters;
  private final Trace trace;
  private final SimMemory memory = new SimMemory();
  private final SimNetwork network;
  private final SimMetadataLog.Cluster log;
  private final MemoryObjectStore store;
  private final CoordinatorProcess coordinator;
  private final ForeignCluster foreign;
  private final Seams seams;
  private final List<ServerProcess> servers = new ArrayList<>();
  private final List<SimEventLoop> twins = new ArrayList<>();
  private final List<StateChecker.Probe> probes = new ArrayList<>();
  private final List<Sighting> sightings = new ArrayList<>();
  private final SegmentDamage damage = new SegmentDamage();

  /** A cluster that is down, with a perfect network, log and store. */
  public SimCluster(
      SimScheduler scheduler,
      SimParameters parameters,
      Seams seams,
      Trace trace,
      Findings findings) {
    this.scheduler = scheduler;
    this.parameters = parameters;
    this.trace = trace;
    this.network = new SimNetwork(scheduler, trace, findings);
    this.log = new SimMetadataLog.Cluster(scheduler, scheduler.random(), quiet(parameters.log()));
    this.store =
        new MemoryObjectStore(
            scheduler.newLoop("store"),
            scheduler.random(),
            FaultPlan.none().withLatency(Duration.ofMillis(1), Duration.ofMillis(5)));
    this.coordinator =
        new CoordinatorProcess(
            scheduler, "c", log, parameters.coordinator(), parameters.limits(), seams);
    this.seams = seams;
    for (String name : List.of("s1", "s2")) {
      servers.add(newServer(name, coordinator, findings));
    }
    this.foreign =
        new ForeignCluster(
            scheduler,
            parameters,
            seams,
            // Its reaction to the refusal is no finding.
            other -> newServer("foreign-s", other, new Findings()));
  }

  private ServerProcess newServer(String name, CoordinatorProcess of, Findings found) {
    return new ServerProcess(
        scheduler,
        name,
        new ServerProcess.Build(
            parameters.server(), parameters.limits(), seams, damage.counting(seams.checksums())),
        new ServerProcess.Reach(
            network,
            of,
            life ->
                new CheckedStore(
                    seams.store(store),
                    found,
                    damage,
                    key -> saw(new Sighting.Deleted(truthIndex(), life, key))),
            memory,
            found));
  }

  private static LogFaults quiet(LogFaults faults) {
    return new LogFaults(
        LogFaults.NONE.perTenThousand(),
        faults.latencyNanos(),
        faults.stallNanos(),
        faults.snapshotEvery());
  }

  /** The one thread, with its virtual time and its dice. */
  public SimScheduler scheduler() {
    return scheduler;
  }

  /** The trace of the run. */
  public Trace trace() {
    return trace;
  }

  /** The memory of all processes. */
  public SimMemory memory() {
    return memory;
  }

  /** The network between the processes. */
  public SimNetwork network() {
    return network;
  }

  /** The replicated log. */
  public SimMetadataLog.Cluster log() {
    return log;
  }

  /** The object store that all servers share. */
  public MemoryObjectStore store() {
    return store;
  }

  /** The coordinator. */
  public CoordinatorProcess coordinator() {
    return coordinator;
  }

  /** Another cluster, which is down at first, on the same object store. */
  public ForeignCluster foreign() {
    return foreign;
  }

  /** All servers, up or down. */
  public List<ServerProcess> servers() {
    return List.copyOf(servers);
  }

  /** Observed states, to be compared with the truth. */
  public List<StateChecker.Probe> probes() {
    return probes;
  }

  /** Sightings that the log must allow, in order. */
  public List<Sighting> sightings() {
    return sightings;
  }

  /** The damaged reads of segments. */
  public SegmentDamage damage() {
    return damage;
  }

  /** Adds a sighting. */
  public void saw(Sighting sighting) {
    sightings.add(sighting);
  }

  /** The index of the last committed entry. */
  public long truthIndex() {
    List<SimMetadataLog.CommittedEntry> committed = log.committed();
    return committed.isEmpty() ? 0 : committed.get(committed.size() - 1).index();
  }

  /** Starts everything. */
  public void start() {
    coordinator.start();
    servers.forEach(ServerProcess::start);
  }

  /** Starts one process. */
  public void start(SimProcess process) {
    trace.event("start", process.life(), process::name);
    if (process instanceof ServerProcess server) {
      server.start();
    } else {
      coordinator.start();
    }
  }

  /** Kills one process at once. */
  public void crash(SimProcess process) {
    trace.event("crash", process.life(), process::name);
    if (process instanceof ServerProcess server) {
      probe(server);
    }
    process.crash();
  }

  /** Starts a new life of a server while the earlier one continues; returns the earlier one. */
  public SimEventLoop startBeside(ServerProcess server) {
    probe(server);
    SimEventLoop first = server.leaveBehind();
    server.moveAway();
    start(server);
    twins.add(first);
    return first;
  }

  /** Remembers a server's state. */
  public void probe(ServerProcess server) {
    probes.add(
        new StateChecker.Probe(
            server.name() + "#" + server.life(),
            server.replica().appliedIndex(),
            server.replica().snapshot()));
  }

  /** From now on faults happen by themselves. */
  public void beginFaults() {
    network.use(parameters.network());
    log.faults(parameters.log());
    store.useFaults(parameters.store());
  }

  /** Ends all faults and starts everything. */
  public void endFaults() {
    network.use(SimNetwork.Quality.PERFECT);
    network.healAll();
    log.faults(quiet(parameters.log()));
    store.useFaults(FaultPlan.none().withLatency(Duration.ofMillis(1), Duration.ofMillis(5)));
    if (!coordinator.isUp()) {
      start(coordinator);
    }
    foreign.stop();
    servers.forEach(server -> server.localDisk().failing(false));
    twins.forEach(SimEventLoop::stop);
    for (ServerProcess server : servers) {
      if (server.isUp() && server.isLeaving()) {
        crash(server);
      }
      if (!server.isUp()) {
        start(server);
      }
    }
  }

  @Override
  public void close() {
    memory.close();
  }
}
