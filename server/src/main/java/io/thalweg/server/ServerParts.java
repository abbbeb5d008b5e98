package io.thalweg.server;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.aggregate.AggregateMemory;
import io.thalweg.server.cache.BlockCache;
import io.thalweg.server.cache.TailCache;
import io.thalweg.server.compact.Cleaner;
import io.thalweg.server.compact.Collector;
import io.thalweg.server.compact.Compactor;
import io.thalweg.server.compact.Expiry;
import io.thalweg.server.compact.Gatherer;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.KeyedTables;
import io.thalweg.server.kv.KvContext;
import io.thalweg.server.kv.OwnedBuckets;
import io.thalweg.server.kv.RowExpiry;
import io.thalweg.server.meter.ReplicaMeters;
import io.thalweg.server.meter.ServerMeters;
import io.thalweg.server.owner.Membership;
import io.thalweg.server.owner.OwnedLogs;
import io.thalweg.server.owner.ProgressMarks;
import io.thalweg.server.owner.ServerIdentity;
import io.thalweg.server.owner.StoreClaim;
import io.thalweg.server.partition.AutoPartitioner;
import io.thalweg.server.read.Fetcher;
import io.thalweg.server.read.ReadBudget;
import io.thalweg.server.read.RunLoader;
import io.thalweg.server.read.ScanPins;
import io.thalweg.server.read.Scrubber;
import io.thalweg.server.read.SegmentReader;
import io.thalweg.server.read.SharedLoader;
import io.thalweg.server.replica.CatalogWaits;
import io.thalweg.server.replica.EndWaits;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import io.thalweg.server.replica.TransactionWaits;
import io.thalweg.server.security.AccessView;
import io.thalweg.server.stats.Statistics;
import io.thalweg.server.write.GroupWriter;
import io.thalweg.server.write.RowEncoder;
import io.thalweg.server.write.WriteBudget;
import java.time.Duration;
import java.util.concurrent.Executor;

/** Says who is made of what: makes all parts of one server and wires them. Holds no logic. */
final class ServerParts {
  /** An older copy of the log that lacks more than this of the newest writes is noticed. */
  private static final Duration MARK_INTERVAL = Duration.ofSeconds(5);

  final ServerContext context;
  final StoreClaim claim;
  final ProgressMarks marks;
  final Membership membership;
  final WriteBudget budget;
  final RowEncoder encoder;
  final GroupWriter writer;
  final TailCache tail;
  final BlockCache blocks;
  final ReadBudget reads;
  final AggregateMemory groups;
  final Fetcher fetcher;
  final EndWaits ends;
  final CatalogWaits catalogWaits;
  final OwnedLogs ownedLogs;
  final TransactionWaits transactionWaits;
  final AccessView access;
  final Scrubber scrubber;
  final Statistics statistics;
  final ScanPins pins;
  final Gatherer gatherer;
  final Compactor compactor;
  final Cleaner cleaner;
  final Expiry expiry;
  final AutoPartitioner partitioner;
  final Collector collector;
  final OwnedBuckets owned;
  final RowExpiry rowExpiry;

  /** What the parts tell the server as a whole, on its loop. */
  interface Events extends Membership.Events {
    /** Log, store and server don't belong together: the server stops. */
    void failed(ThalwegException why);

    @Override
    default void replaced(ThalwegException why) {
      failed(why);
    }
  }

  /** Makes the parts; they rest until the server joins the cluster. */
  ServerParts(
      ServerIdentity identity,
      ServerConfig config,
      ServerEnvironment given,
      ClusterState emptyState,
      ServerRules rules,
      Events events) {
    context = context(config, given, emptyState, events);
    Replica replica = context.replica();
    claim = new StoreClaim(context, rules.claim(), identity.nonce(), events::failed);
    marks = new ProgressMarks(context, MARK_INTERVAL);
    membership = new Membership(context, identity, config.heartbeat(), events);

    budget = new WriteBudget(given.loop(), config.write().memory());
    encoder = new RowEncoder(given.clock(), given.allocator(), config.write().batchMax());
    tail = new TailCache(config.tailCache(), given.meters());
    writer =
        new GroupWriter(
            context, given.coordinator(), config.write(), new Written(tail, membership));

    Executor read = given.workers().read();
    RunLoader loader = new RunLoader(given.coordinator(), given.store(), given.allocator());
    blocks = new BlockCache(config.blockCache(), given.meters());
    long loadMemory = config.readMemory() / 4;
    reads = new ReadBudget(given.loop(), config.readMemory() - loadMemory);
    groups = new AggregateMemory(config.aggregate());
    fetcher =
        new Fetcher(
            context, tail, blocks, loader, segments(given, read, rules), loadMemory, rules.read());
    ends = new EndWaits(given.loop(), replica);
    catalogWaits = new CatalogWaits(given.loop(), replica);
    ownedLogs = new OwnedLogs(given.loop(), replica, writer::incarnation);
    transactionWaits = new TransactionWaits(given.loop(), replica);
    access = new AccessView(replica);
    scrubber = new Scrubber(context, loader, segments(given, read, rules), read);
    statistics = new Statistics(context, segments(given, read, rules), read);
    pins =
        new ScanPins(
            context,
            config.pinMax(),
            config.compact().checkInterval(),
            config.write().proposeTimeout().multipliedBy(3));

    Executor compact = given.workers().compact();
    SharedLoader shared = new SharedLoader(given.loop(), tail, loader);
    gatherer = new Gatherer(context, shared, config.compact(), writer::nextObject);
    compactor =
        new Compactor(
            context,
            shared,
            new Compactor.Segments(
                segments(given, compact, rules),
                compact,
                given.workers().busy(),
                rules.collect(),
                writer::nextObject),
            config.compact(),
            gatherer);
    cleaner = new Cleaner(context, shared, config.compact(), gatherer, compact, writer::nextObject);
    expiry = new Expiry(context, config.compact());
    partitioner = new AutoPartitioner(context, config.compact().checkInterval());
    collector = new Collector(context, claim, config.compact(), rules.collect());

    owned =
        new OwnedBuckets(
            identity.serverId(), context, kv(config, given, emptyState, rules), fetcher, writer);
    rowExpiry = new RowExpiry(context, owned, read, config.write().batchMax(), config.kv());

    watch(given.meters(), config);

    replica.listen(fetcher);
    replica.listen(new TableDrops(replica, tail));
    replica.listen(owned);
    replica.listen(marks);
  }

  private void watch(Meters meters, ServerConfig config) {
    long loadMemory = config.readMemory() / 4;
    meters.watch(ServerMeters.BUDGET_USED, budget::used, "write");
    meters.watch(ServerMeters.BUDGET_WAITING, budget::waiting, "write");
    meters.watch(ServerMeters.BUDGET_LIMIT, config.write()::memory, "write");
    meters.watch(ServerMeters.BUDGET_USED, reads::used, "read");
    meters.watch(ServerMeters.BUDGET_WAITING, reads::waiting, "read");
    meters.watch(ServerMeters.BUDGET_LIMIT, () -> config.readMemory() - loadMemory, "read");
    meters.watch(ServerMeters.BUDGET_LIMIT, () -> loadMemory, "load");
    meters.watch(ServerMeters.BUDGET_LIMIT, config.compact()::memory, "compact");
    meters.watch(ServerMeters.BUDGET_USED, groups::used, "aggregate");
    meters.watch(ServerMeters.BUDGET_LIMIT, groups::limit, "aggregate");
  }

  private static ServerContext context(
      ServerConfig config, ServerEnvironment given, ClusterState emptyState, Events events) {
    Replica replica =
        new Replica(
            given.loop(),
            given.coordinator(),
            emptyState,
            events::failed,
            new ReplicaMeters(given.clock(), given.meters()));
    Proposer proposer =
        new Proposer(
            given.loop(), given.coordinator(), replica, config.write().proposeTimeout().toNanos());
    return new ServerContext(
        given.loop(),
        given.clock(),
        replica,
        proposer,
        given.store(),
        given.allocator(),
        given.meters());
  }

  private static KvContext kv(
      ServerConfig config, ServerEnvironment given, ClusterState emptyState, ServerRules rules) {
    return new KvContext(
        given.workers().rows(),
        given.workers().files(),
        given.stores(),
        emptyState.limits(),
        config.write().batchMax(),
        config.kv(),
        rules.kv());
  }

  private static SegmentReader segments(
      ServerEnvironment given, Executor worker, ServerRules rules) {
    return new SegmentReader(given.store(), given.allocator(), worker, rules.checksum());
  }

  /** Writes and lookups of primary-key tables. */
  KeyedTables keyed(Calls calls, ServerConfig config, ServerEnvironment given, ServerRules rules) {
    return new KeyedTables(
        context, calls::onLoop, owned, given.workers().read(), config.kv().reads(), rules.kv());
  }

  /** Puts stored batches where readers find them first. */
  private record Written(TailCache tail, Membership membership) implements GroupWriter.Events {
    @Override
    public void stored(EncodedBatch batch, long baseOffset) {
      tail.add(batch, baseOffset);
    }

    @Override
    public void incarnationClosed(long incarnation) {
      membership.lost(incarnation);
    }
  }

  /** Takes a dropped table's batches out of the tail. */
  private record TableDrops(Replica replica, TailCache tail) implements Replica.Listener {
    @Override
    public void applied(Command command, Reply reply) {
      if (command.dropsBuckets() && reply instanceof Reply.Done) {
        jumped();
      }
    }

    @Override
    public void jumped() {
      tail.retainTables(id -> replica.state().catalog().tableOf(id).isPresent());
    }
  }
}
