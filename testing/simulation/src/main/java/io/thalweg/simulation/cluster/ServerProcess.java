package io.thalweg.simulation.cluster;

import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.parquet.ChecksumRules;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.RandomSource;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimMeters;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.ServerConfig;
import io.thalweg.server.ServerEnvironment;
import io.thalweg.server.ServerRules;
import io.thalweg.server.ServerWorkers;
import io.thalweg.server.ThalwegServer;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.kv.RowsLoops;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.lazy.LazyConfig;
import io.thalweg.server.kv.store.lazy.LazyKvStores;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import io.thalweg.server.owner.ServerIdentity;
import io.thalweg.simulation.check.Findings;
import io.thalweg.simulation.world.LocalDisk;
import io.thalweg.simulation.world.SimMemory;
import io.thalweg.simulation.world.SimNetwork;
import io.thalweg.simulation.world.SimProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;

/**
 * A server with its front door. Each life begins with nothing but its name and what a disk may have
 * lost.
 */
public final class ServerProcess extends SimProcess {
  private static final long MEMORY = 1L << 30;

  private final ServerConfig config;
  private final Limits limits;
  private final Seams seams;
  private final ChecksumRules checksums;
  private final SimNetwork network;
  private final CoordinatorProcess coordinator;
  private final Function<String, ObjectStore> store;
  private final SimMemory memory;
  private final Findings findings;
  private final RandomSource random;
  private final LocalDisk localDisk;
  private final SimScheduler scheduler;
  private final List<SimEventLoop> rowsLoops = new ArrayList<>();
  private MemoryKvDisk disk;
  private BufferAllocator allocator;
  private ClusterState replica;
  private ThalwegServer server;
  private FrontDoor door;
  private boolean leaving;

  /**
   * How a server is built.
   *
   * @param seams where a test plants bugs in it
   */
  record Build(ServerConfig config, Limits limits, Seams seams, ChecksumRules checksums) {}

  /**
   * The parts of the world that a server reaches.
   *
   * @param store the object store for each life, by the life's name
   */
  record Reach(
      SimNetwork network,
      CoordinatorProcess coordinator,
      Function<String, ObjectStore> store,
      SimMemory memory,
      Findings findings) {}

  /** A server that is down. */
  ServerProcess(SimScheduler scheduler, String name, Build build, Reach reach) {
    super(scheduler, name);
    this.config = build.config();
    this.limits = build.limits();
    this.seams = build.seams();
    this.checksums = build.checksums();
    this.network = reach.network();
    this.coordinator = reach.coordinator();
    this.store = reach.store();
    this.memory = reach.memory();
    this.findings = reach.findings();
    this.scheduler = scheduler;
    this.random = scheduler.random();
    this.disk = new MemoryKvDisk(random);
    this.localDisk = new LocalDisk(random);
  }

  /** Begins a life. */
  void start() {
    SimEventLoop loop = begin();
    leaving = false;
    allocator = memory.newAllocator(MEMORY);
    replica = new ClusterState(limits, seams.rules());
    server =
        new ThalwegServer(
            new ServerIdentity(
                name(), Map.of("sim", "sim://" + name()), "store-of-" + name() + "-" + life()),
            config,
            new ServerEnvironment(
                loop,
                new ServerWorkers(loop, loop, this::isBusy, new RowsLoops(rowsLoops(loop)), loop),
                clock(),
                new RemoteCoordinator(network, this, coordinator, findings),
                store.apply(name() + "#" + life()),
                stores(),
                allocator,
                new SimMeters()),
            replica,
            Authorizer.ALLOW_ALL,
            new ServerRules(seams.claim(), seams.collect(), checksums, seams.kv(), seams.read()));
    door = new FrontDoor(name() + "#" + life(), server, loop, findings);
    String who = name() + "#" + life();
    var unused =
        server
            .failed()
            .thenAccept(wrong -> findings.add("REFUSED", who + " gave up: " + wrong.getMessage()));
    server.start();
  }

  /** A second of every three. */
  private boolean isBusy() {
    return clock().nanoTime() / 1_000_000_000L % 3 == 0;
  }

  private KvStores stores() {
    LazyConfig lazy =
        new LazyConfig(
            Duration.ofMillis(100 + random.nextInt(3_000)),
            (long) random.nextInt(3) * random.nextInt(4_000),
            random.nextInt(20_000),
            1 + random.nextInt(8));
    return new LazyKvStores(localDisk.under(new MemoryKvStores(disk)), lazy, clock());
  }

  private List<EventLoop> rowsLoops(SimEventLoop first) {
    rowsLoops.clear();
    for (int i = 0; i < config.kv().rowsLoops(); i++) {
      rowsLoops.add(scheduler.newLoopBeside(first, name() + "#" + life() + "-rows-" + i));
    }
    return List.copyOf(rowsLoops);
  }

  /** One of the loops that own rows stands still for a while; the others go on. */
  public void pauseRows(long nanos) {
    rowsLoops.get(random.nextInt(rowsLoops.size())).pause(nanos);
  }

  /** The next life begins elsewhere, on an empty disk. */
  void moveAway() {
    disk = new MemoryKvDisk(random);
  }

  @Override
  public void crash() {
    super.crash();
    if (random.nextInt(3) == 0) {
      disk.lose();
    } else {
      disk.crash();
    }
  }

  /** The disk below its local rows. */
  public LocalDisk localDisk() {
    return localDisk;
  }

  /** The door for its clients. */
  public FrontDoor door() {
    return door;
  }

  /** Its copy of the state, between two tasks. */
  public ClusterState replica() {
    return replica;
  }

  /** Begins to close gracefully; releases memory some time after the future completes. */
  public CompletableFuture<Void> leave() {
    leaving = true;
    return server.close();
  }

  /** Whether this life was told to end. */
  public boolean isLeaving() {
    return leaving;
  }

  /** Bytes that this life holds. */
  public long heldBytes() {
    return allocator.getAllocatedMemory();
  }
}
