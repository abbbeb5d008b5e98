package io.thalweg.server;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.api.CoordinatorConfig;
import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.api.LocalCoordinator;
import io.thalweg.coordinator.api.LogOpening;
import io.thalweg.coordinator.api.OwnerAssigner;
import io.thalweg.coordinator.api.TimeLimit;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.objectstore.memory.FaultPlan;
import io.thalweg.objectstore.memory.MemoryObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.config.Settings;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimMeters;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.kv.RowsLoops;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import io.thalweg.server.owner.ServerIdentity;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * One server with its coordinator in virtual time, without faults, for tests of the server's parts.
 */
public final class ServerUnderTest implements AutoCloseable {
  public static final Principal WHO = Principal.ANONYMOUS;

  public final SimScheduler scheduler = new SimScheduler(1);
  public final BufferAllocator allocator = new RootAllocator(256 << 20);
  public final MemoryObjectStore store;
  public final ClusterState truth = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);

  /** How many of the next writes to local rows fail. */
  final AtomicInteger failWrites = new AtomicInteger();

  /** Numbers of the buckets whose local rows cannot be opened. */
  final Set<Integer> unopenable = new TreeSet<>();

  /** Whether the feed brings servers nothing new, while their calls are answered. */
  final AtomicBoolean holdFeed = new AtomicBoolean();

  /** The servers' proposals. */
  final HeldProposals proposals = new HeldProposals();

  /** Whether the coordinator refuses every entry because it has no room. */
  final AtomicBoolean isFull = new AtomicBoolean();

  /** Whether the processors are busy. */
  public final AtomicBoolean busy = new AtomicBoolean();

  /** How many local rows were read by views. */
  final AtomicInteger rowsRead = new AtomicInteger();

  /** How many views of local rows are open. */
  final AtomicInteger openViews = new AtomicInteger();

  /** The meters of all servers together. */
  public final SimMeters meters = new SimMeters();

  private final Map<String, MemoryKvDisk> disks = new TreeMap<>();
  public final ThalwegServer server;
  public final CoordinatorNode node;

  private final TimeLimit times;

  /** Makes the local stores of servers, by their names; in memory unless a test says otherwise. */
  private final Function<String, KvStores> stores;

  public ServerUnderTest(Map<String, String> settings) {
    this(settings, null);
  }

  public ServerUnderTest(Map<String, String> settings, Function<String, KvStores> stores) {
    this.stores = stores == null ? id -> new MemoryKvStores(disk(id)) : stores;
    SimEventLoop coordinatorLoop = scheduler.newLoop("coordinator");
    store = new MemoryObjectStore(scheduler.newLoop("store"), scheduler.random(), FaultPlan.none());
    CoordinatorConfig config = CoordinatorConfig.from(Settings.of(Map.of()));
    node = new CoordinatorNode(coordinatorLoop, config, () -> truth);
    times = new TimeLimit(scheduler, node::clusterMillis);
    new OwnerAssigner(node, log(), config).start();
    await(new LogOpening(node, log(), new Command.OpenLog("cluster", false)).start());
    server = newServer("s1", settings);
    server.start();
    scheduler.runFor(100_000_000);
  }

  /** A server beside the first, on the same coordinator, not started yet. */
  public ThalwegServer newServer(String id, Map<String, String> settings) {
    return newServer(id, settings, scheduler, Authorizer.ALLOW_ALL);
  }

  /** A server with a clock of its own. */
  public ThalwegServer newServer(String id, Map<String, String> settings, Clock clock) {
    return newServer(id, settings, clock, Authorizer.ALLOW_ALL);
  }

  /** A server where {@code authorizer} decides who may do what. */
  public ThalwegServer newServer(String id, Map<String, String> settings, Authorizer authorizer) {
    return newServer(id, settings, scheduler, authorizer);
  }

  private ThalwegServer newServer(
      String id, Map<String, String> settings, Clock clock, Authorizer authorizer) {
    return newServer(id, "grpc://localhost:1", settings, clock, authorizer);
  }

  /** A server that clients reach at {@code endpoint}. */
  public ThalwegServer newServerAt(String endpoint, String id) {
    return newServer(id, endpoint, Map.of(), scheduler, Authorizer.ALLOW_ALL);
  }

  private ThalwegServer newServer(
      String id,
      String endpoint,
      Map<String, String> settings,
      Clock clock,
      Authorizer authorizer) {
    SimEventLoop worker = scheduler.newLoop(id + "-worker");
    List<EventLoop> rows =
        List.of(scheduler.newLoop(id + "-rows-0"), scheduler.newLoop(id + "-rows-1"));
    return new ThalwegServer(
        new ServerIdentity(id, Map.of("flight", endpoint), "store-of-" + id),
        ServerConfig.from(Settings.of(settings)),
        new ServerEnvironment(
            scheduler.newLoop(id),
            new ServerWorkers(worker, worker, busy::get, new RowsLoops(rows), worker),
            clock,
            new HeldCoordinator(
                coordinator(), holdFeed, proposals, scheduler.newLoop(id + "-feed")),
            store,
            new FailingKvStores(
                stores.apply(id),
                failWrites,
                unopenable,
                new CountingView.Counts(rowsRead, openViews)),
            allocator,
            meters),
        new ClusterState(Limits.STANDARD, CommitRules.STANDARD),
        authorizer,
        ServerRules.STANDARD);
  }

  /** The coordinator, whose clock is right. */
  public CoordinatorApi coordinator() {
    return new LocalCoordinator(node, log(), times);
  }

  private MetadataLog log() {
    return new DirectLog((SimEventLoop) node.loop(), node, isFull);
  }

  /** The local disk of a server. */
  MemoryKvDisk disk(String id) {
    return disks.computeIfAbsent(id, none -> new MemoryKvDisk(scheduler.random()));
  }

  /** Applies each entry at once. */
  private record DirectLog(SimEventLoop loop, CoordinatorNode node, AtomicBoolean isFull)
      implements MetadataLog {
    @Override
    public CompletableFuture<Outcome> append(List<ByteBuffer> entry) {
      int size = entry.stream().mapToInt(ByteBuffer::remaining).sum();
      ByteBuffer all = ByteBuffer.allocate(size);
      entry.forEach(part -> all.put(part.duplicate()));
      CompletableFuture<Outcome> outcome = new CompletableFuture<>();
      loop.schedule(
          500_000,
          () -> {
            if (isFull.get()) {
              outcome.complete(new Rejected(true, "the disk is full"));
              return;
            }
            long index = node.appliedIndex() + 1;
            outcome.complete(new Committed(index, node.apply(index, all.flip())));
          });
      return outcome;
    }

    @Override
    public CompletableFuture<Outcome> linearizableRead() {
      CompletableFuture<Outcome> outcome = new CompletableFuture<>();
      loop.execute(() -> outcome.complete(new Committed(node.appliedIndex(), new byte[0])));
      return outcome;
    }

    @Override
    public void close() {}
  }

  /** Runs virtual time until {@code future} is done, at most a minute. */
  public <T> T await(CompletableFuture<T> future) {
    for (int i = 0; i < 60_000 && !future.isDone(); i++) {
      scheduler.runFor(1_000_000);
    }
    if (!future.isDone()) {
      throw new AssertionError("not done within a minute of virtual time");
    }
    return future.join();
  }

  public TableInfo createTable(
      String name, String columns, int buckets, List<String> key, Map<String, String> properties) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(columns).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of());
    return await(
        server.createTable(
            WHO, TablePath.parse(name), new TableDescriptor(schema, buckets, key, properties, "")));
  }

  /** Appends rows (id, name) with ids from {@code first}. */
  public CompletableFuture<AppendResult> append(
      TableInfo table, OptionalInt bucket, WriterStamp stamp, long first, int count) {
    return append(server, table, bucket, stamp, first, count);
  }

  /** Appends rows (id, name) through {@code server}. */
  public CompletableFuture<AppendResult> append(
      ThalwegServer server,
      TableInfo table,
      OptionalInt bucket,
      WriterStamp stamp,
      long first,
      int count) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(table.schema().toArrow(), allocator)) {
      BigIntVector ids = (BigIntVector) root.getVector("id");
      VarCharVector names = (VarCharVector) root.getVector("name");
      for (int i = 0; i < count; i++) {
        ids.setSafe(i, first + i);
        names.setSafe(i, ("name-" + (first + i)).getBytes(StandardCharsets.UTF_8));
      }
      root.setRowCount(count);
      return append(server, table, bucket, stamp, root);
    }
  }

  /** Appends rows, which the caller keeps and closes, through {@code server}. */
  public CompletableFuture<AppendResult> append(
      ThalwegServer server,
      TableInfo table,
      OptionalInt bucket,
      WriterStamp stamp,
      VectorSchemaRoot rows) {
    return server.append(WHO, table, bucket, stamp, rows, await(server.reserve(1_000)));
  }

  /** The ids that a scan of a bucket from {@code offset} gives. */
  public List<Long> ids(TableInfo table, int bucket, long offset, String filter, RowReader[] used) {
    RowReader reader = server.reader(table, List.of("id"), filter);
    if (used != null) {
      used[0] = reader;
    }
    List<Long> ids = new ArrayList<>();
    long next = offset;
    while (true) {
      try (Fetched fetched =
          await(
              server.fetch(
                  WHO, new FetchRequest(table.bucket(bucket), next, 1 << 20, 0, reader.wants())))) {
        if (fetched.batches().isEmpty()) {
          return ids;
        }
        for (Fetched.Batch batch : fetched.batches()) {
          reader
              .read(batch, next, Long.MAX_VALUE, allocator)
              .ifPresent(
                  rows -> {
                    try (rows) {
                      BigIntVector vector = (BigIntVector) rows.getVector("id");
                      for (int i = 0; i < rows.getRowCount(); i++) {
                        ids.add(vector.get(i));
                      }
                    }
                  });
        }
        next = fetched.nextOffset();
      }
    }
  }

  /** Closes the server and checks that every buffer was given back. */
  @Override
  public void close() {
    await(server.close());
    scheduler.runFor(20_000_000_000L);
    allocator.close();
  }
}
