package io.thalweg.server;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.coordinator.state.Lineage;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.table.TableOptions;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.parquet.ChecksumRules;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.BucketOwner;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.api.ScanPin;
import io.thalweg.server.api.ScrubStep;
import io.thalweg.server.api.SegmentEntry;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.WritePermit;
import io.thalweg.server.cache.BlockCache;
import io.thalweg.server.cache.TailCache;
import io.thalweg.server.compact.CollectRules;
import io.thalweg.server.compact.Collector;
import io.thalweg.server.compact.Compactor;
import io.thalweg.server.compact.Expiry;
import io.thalweg.server.compact.InlineMover;
import io.thalweg.server.kv.KeyedTables;
import io.thalweg.server.kv.OwnedBuckets;
import io.thalweg.server.kv.RowExpiry;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.owner.ClaimRules;
import io.thalweg.server.owner.Membership;
import io.thalweg.server.owner.ProgressMarks;
import io.thalweg.server.owner.ServerIdentity;
import io.thalweg.server.owner.StoreClaim;
import io.thalweg.server.read.Fetcher;
import io.thalweg.server.read.ReadBudget;
import io.thalweg.server.read.RunLoader;
import io.thalweg.server.read.ScanPins;
import io.thalweg.server.read.Scrubber;
import io.thalweg.server.read.SegmentReader;
import io.thalweg.server.read.ViewReaders;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import io.thalweg.server.write.AppendParts;
import io.thalweg.server.write.GroupWriter;
import io.thalweg.server.write.RowEncoder;
import io.thalweg.server.write.WriteBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server: the parts, wired on one loop, behind {@link ServerApi}. */
public final class ThalwegServer implements ServerApi {
  private static final Logger log = LoggerFactory.getLogger(ThalwegServer.class);

  /** How much of what was written last an older copy of the log may lack unnoticed, at most. */
  private static final Duration MARK_INTERVAL = Duration.ofSeconds(5);

  private final EventLoop loop;
  private final ServerWorkers workers;
  private final BufferAllocator allocator;
  private final Calls calls;
  private final CatalogRequests catalog;
  private final Replica replica;
  private final Proposer proposer;
  private final WriteBudget budget;
  private final RowEncoder encoder;
  private final GroupWriter writer;
  private final TailCache tail;
  private final BlockCache blocks;
  private final ReadBudget reads;
  private final Fetcher fetcher;
  private final Scrubber scrubber;
  private final InlineMover mover;
  private final Compactor compactor;
  private final Expiry expiry;
  private final Collector collector;
  private final ScanPins pins;
  private final KvStores stores;
  private final OwnedBuckets owned;
  private final KeyedTables keyed;
  private final RowExpiry rowExpiry;
  private final StoreClaim claim;
  private final ProgressMarks marks;
  private final Membership membership;
  private final CompletableFuture<ThalwegException> failed = new CompletableFuture<>();

  /**
   * A server that has not started.
   *
   * @param loop owns everything that changes
   * @param workers run what takes long, off the loop
   * @param stores local state of primary-key tables; closed by whoever made it
   * @param emptyState where the replica begins
   * @param claimRules whose store this is
   * @param collectRules what may be deleted, and what must be copied before
   * @param checksumRules when the bytes of a segment are whole
   * @param kvRules what keeps the rows of primary-key tables right
   * @param allocator parent of all batch memory; closed by whoever made it, after {@link #close}
   */
  public ThalwegServer(
      ServerIdentity identity,
      ServerConfig config,
      EventLoop loop,
      ServerWorkers workers,
      Clock clock,
      CoordinatorApi coordinator,
      ObjectStore store,
      KvStores stores,
      ClusterState emptyState,
      BufferAllocator allocator,
      Authorizer authorizer,
      ClaimRules claimRules,
      CollectRules collectRules,
      ChecksumRules checksumRules,
      KvRules kvRules) {
    this.loop = loop;
    this.stores = stores;
    this.workers = workers;
    this.allocator = allocator;
    this.replica = new Replica(loop, coordinator, emptyState, this::fail);
    this.proposer =
        new Proposer(loop, coordinator, replica, config.write().proposeTimeout().toNanos());
    this.claim =
        new StoreClaim(loop, replica, proposer, store, claimRules, identity.nonce(), this::fail);
    this.marks = new ProgressMarks(loop, replica, store, MARK_INTERVAL);
    this.calls = new Calls(loop, replica, authorizer);
    this.catalog = new CatalogRequests(calls, loop, clock, replica, proposer, allocator);
    this.budget = new WriteBudget(loop, config.write().memory());
    this.encoder = new RowEncoder(clock, allocator, config.write().batchMax());
    this.writer =
        new GroupWriter(loop, clock, coordinator, store, config.write(), new WriterEvents());
    this.tail = new TailCache(config.tailCache());
    this.blocks = new BlockCache(config.blockCache());
    RunLoader loader = new RunLoader(coordinator, store, allocator);
    this.reads = new ReadBudget(loop, config.readMemory() - config.readMemory() / 4);
    this.fetcher =
        new Fetcher(
            loop,
            clock,
            replica,
            tail,
            blocks,
            loader,
            new SegmentReader(store, allocator, workers.read(), checksumRules),
            config.readMemory() / 4);
    this.scrubber =
        new Scrubber(
            loop,
            replica,
            loader,
            new SegmentReader(store, allocator, workers.read(), checksumRules),
            store,
            workers.read());
    this.mover =
        new InlineMover(
            loop, clock, replica, proposer, loader, store, config.compact(), writer::nextObject);
    this.compactor =
        new Compactor(
            loop,
            clock,
            replica,
            proposer,
            loader,
            new SegmentReader(store, allocator, workers.compact(), checksumRules),
            store,
            allocator,
            workers.compact(),
            config.compact(),
            collectRules,
            writer::nextObject);
    this.pins =
        new ScanPins(
            loop,
            clock,
            replica,
            proposer,
            config.pinMax(),
            config.compact().checkInterval(),
            config.write().proposeTimeout().multipliedBy(3));
    this.expiry = new Expiry(loop, clock, replica, proposer, config.compact());
    this.collector =
        new Collector(loop, clock, replica, proposer, store, claim, config.compact(), collectRules);
    this.owned =
        new OwnedBuckets(
            loop,
            workers.rows(),
            clock,
            replica,
            proposer,
            store,
            fetcher,
            writer,
            stores,
            workers.files(),
            allocator,
            config.write().batchMax(),
            config.kv(),
            emptyState.limits(),
            kvRules);
    this.keyed =
        new KeyedTables(
            calls::onLoop, owned, replica, workers.read(), allocator, config.kv().reads(), kvRules);
    this.rowExpiry =
        new RowExpiry(loop, replica, owned, workers.read(), config.write().batchMax(), config.kv());
    this.membership =
        new Membership(
            loop,
            clock,
            proposer,
            identity,
            replica,
            this::fail,
            config.heartbeat(),
            this::joined,
            this::left);
    replica.listen(fetcher);
    replica.listen(new TableDrops());
    replica.listen(owned);
    replica.listen(marks);
  }

  /** Begins to follow the feed and joins the cluster. */
  public void start() {
    loop.execute(
        () -> {
          replica.start();
          loop.handle(
              claim.claim(),
              (ours, refused) -> {
                if (refused instanceof ThalwegException wrong) {
                  fail(wrong);
                } else {
                  joinWithOwnRows();
                }
              });
        });
  }

  /** Local rows may be another cluster's, or of a part of the log that is lost. */
  private void joinWithOwnRows() {
    Lineage lineage = replica.state().lineage();
    String history = lineage.clusterId() + "." + lineage.timeline();
    loop.handle(
        CompletableFuture.runAsync(() -> stores.belongTo(history), workers.rows()),
        (done, failure) -> {
          if (failure == null) {
            membership.join();
          } else {
            log.warn("the local rows cannot be used yet, trying again", failure);
            loop.schedule(1_000_000_000L, this::joinWithOwnRows);
          }
        });
  }

  /** The server is not of this cluster, or not any more: nothing goes on. */
  private void fail(ThalwegException wrong) {
    membership.end();
    claim.close();
    marks.abandon();
    var unused = rest();
    writer.suspend(wrong.getMessage());
    failed.complete(wrong);
  }

  /** Completes if this server must end because log, store and server don't belong together. */
  public CompletableFuture<ThalwegException> failed() {
    return failed.copy();
  }

  private void joined(long incarnation) {
    writer.open(incarnation);
    mover.open(incarnation);
    compactor.open(incarnation);
    expiry.open(incarnation);
    collector.open(incarnation);
    pins.open(incarnation);
    owned.open(incarnation);
    rowExpiry.open(incarnation);
    marks.open(incarnation);
  }

  /** Completes once no rows are read any more to see which are too old. */
  private CompletableFuture<Void> rest() {
    CompletableFuture<Void> expired = rowExpiry.close();
    var unused = owned.close();
    mover.close();
    compactor.close();
    expiry.close();
    collector.close();
    pins.close();
    return expired;
  }

  private void left(long incarnation) {
    var unused = rest();
    writer.suspend("the cluster closed incarnation " + incarnation + " of this server");
  }

  private final class WriterEvents implements GroupWriter.Events {
    @Override
    public void stored(EncodedBatch batch, long baseOffset) {
      tail.add(batch, baseOffset);
    }

    @Override
    public void incarnationClosed(long incarnation) {
      membership.lost(incarnation);
    }
  }

  /** A dropped table's batches need no room. */
  private final class TableDrops implements Replica.Listener {
    @Override
    public void applied(Command command, Reply reply) {
      if (command instanceof Command.DropTable && reply instanceof Reply.Done) {
        jumped();
      }
    }

    @Override
    public void jumped() {
      tail.retainTables(id -> replica.state().catalog().table(id).isPresent());
    }
  }

  /** Completes once this server may take writes; fails with what {@link #failed} says. */
  public CompletableFuture<Void> ready() {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    loop.execute(() -> checkReady(ready));
    return ready;
  }

  private void checkReady(CompletableFuture<Void> ready) {
    if (writer.incarnation() != 0) {
      ready.complete(null);
    } else if (failed.getNow(null) != null) {
      ready.completeExceptionally(failed.getNow(null));
    } else {
      loop.schedule(5_000_000, () -> checkReady(ready));
    }
  }

  /** Leaves the cluster and ends everything under way; completes when memory is given back. */
  public CompletableFuture<Void> close() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    loop.execute(
        () -> {
          membership.leave();
          claim.close();
          CompletableFuture<Void> expired = rest();
          CompletableFuture<Void> marked = marks.close();
          writer.suspend("the server is closing");
          fetcher.close();
          replica.close();
          tail.close();
          blocks.close();
          loop.handle(
              expired,
              (resting, none) ->
                  loop.handle(
                      CompletableFuture.allOf(owned.close(), compactor.idle(), marked),
                      (done, never) -> drained(closed)));
        });
    return closed;
  }

  /** Completes after what scans still close, and the rows that these held on to. */
  private void drained(CompletableFuture<Void> closed) {
    workers.read().execute(() -> workers.rows().execute(() -> closed.complete(null)));
  }

  @Override
  public BufferAllocator allocator() {
    return allocator;
  }

  @Override
  public CompletableFuture<Void> createDatabase(Principal who, String name, String comment) {
    return catalog.createDatabase(who, name, comment);
  }

  @Override
  public CompletableFuture<Void> dropDatabase(Principal who, String name) {
    return catalog.dropDatabase(who, name);
  }

  @Override
  public CompletableFuture<Map<String, String>> listDatabases(Principal who) {
    return catalog.listDatabases(who);
  }

  @Override
  public CompletableFuture<TableInfo> createTable(
      Principal who, TablePath path, TableDescriptor descriptor) {
    return catalog.createTable(who, path, descriptor);
  }

  @Override
  public CompletableFuture<Void> dropTable(Principal who, TablePath path) {
    return catalog.dropTable(who, path);
  }

  @Override
  public CompletableFuture<List<TableInfo>> listTables(Principal who, String database) {
    return catalog.listTables(who, database);
  }

  @Override
  public CompletableFuture<TableInfo> table(Principal who, TablePath path) {
    return catalog.table(who, path);
  }

  @Override
  public CompletableFuture<List<SegmentEntry>> files(Principal who, TablePath path) {
    return catalog.files(who, path);
  }

  @Override
  public CompletableFuture<ScrubStep> scrub(
      Principal who, TablePath path, int bucket, String from) {
    return catalog.scrub(scrubber, who, path, bucket, from);
  }

  @Override
  public CompletableFuture<WriterStamp> openWriter(Principal who) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.APPEND, null, null);
          return proposer
              .propose(new Command.OpenWriter())
              .thenApply(
                  reply -> {
                    Reply.WriterOpened opened = (Reply.WriterOpened) reply;
                    return new WriterStamp(opened.writerId(), opened.epoch(), 0);
                  });
        });
  }

  @Override
  public CompletableFuture<WritePermit> reserve(long bytes) {
    return budget.reserve(bytes);
  }

  @Override
  public CompletableFuture<AppendResult> append(
      Principal who,
      TableInfo table,
      OptionalInt bucket,
      WriterStamp stamp,
      VectorSchemaRoot rows,
      WritePermit permit) {
    List<EncodedBatch> batches;
    try {
      calls.authorize(who, Operation.APPEND, table.path().database(), table.path().checkTable());
      if (!table.schema().primaryKey().isEmpty()) {
        return keyed.upsert(table, bucket, stamp, rows, permit);
      }
      batches = encoder.encode(table, bucket, stamp, rows);
    } catch (ThalwegException refused) {
      permit.close();
      return CompletableFuture.failedFuture(refused);
    } catch (RuntimeException | Error failure) {
      permit.close();
      throw failure;
    }
    if (batches.isEmpty()) {
      permit.close();
      return CompletableFuture.completedFuture(new AppendResult(List.of()));
    }
    TableOptions options = TableOptions.from(table.descriptor().properties());
    return calls.onLoop(() -> add(batches, options, permit));
  }

  private CompletableFuture<AppendResult> add(
      List<EncodedBatch> batches, TableOptions options, WritePermit permit) {
    int[] held = {batches.size()};
    Runnable release =
        () -> {
          if (--held[0] == 0) {
            permit.close();
          }
        };
    List<AppendParts.Part> parts = new ArrayList<>(batches.size());
    for (EncodedBatch batch : batches) {
      int bucket = batch.header().bucket().bucket();
      int rows = batch.header().recordCount();
      CompletableFuture<Reply.Stored> added;
      try {
        added = writer.add(batch, options.writeMode(), release);
      } catch (RuntimeException | Error failure) {
        permit.close();
        throw failure;
      }
      parts.add(
          new AppendParts.Part(
              bucket,
              added.thenApply(
                  stored ->
                      new AppendResult.Part(
                          bucket, stored.baseOffset(), rows, stored.duplicate()))));
    }
    return AppendParts.all(parts);
  }

  @Override
  public CompletableFuture<VectorSchemaRoot> lookup(
      Principal who, TableInfo table, VectorSchemaRoot keys, List<String> columns) {
    return reading(who, table, () -> keyed.lookup(table, keys, columns));
  }

  @Override
  public CompletableFuture<RowScan> scanRows(
      Principal who, TableInfo table, OptionalInt bucket, List<String> columns, String filter) {
    return reading(who, table, () -> keyed.scanRows(who, table, bucket, columns, filter));
  }

  @Override
  public CompletableFuture<RowScan> resumeRows(
      Principal who, TableInfo table, String resume, List<String> columns, String filter) {
    return reading(who, table, () -> keyed.resumeRows(who, table, resume, columns, filter));
  }

  @Override
  public CompletableFuture<Void> endRows(Principal who, TableInfo table, String resume) {
    return reading(who, table, () -> keyed.endRows(who, table, resume));
  }

  private <T> CompletableFuture<T> reading(
      Principal who, TableInfo table, Supplier<CompletableFuture<T>> read) {
    try {
      calls.authorize(who, Operation.READ, table.path().database(), table.path().checkTable());
      return read.get();
    } catch (ThalwegException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  @Override
  public CompletableFuture<Long> offset(Principal who, TableBucket bucket, OffsetSpec spec) {
    return calls.reading(who, bucket.tableId(), () -> fetcher.offset(bucket, spec));
  }

  @Override
  public ReadShare openReads() {
    return reads.open();
  }

  @Override
  public CompletableFuture<Fetched> fetch(Principal who, FetchRequest request) {
    return calls.reading(who, request.bucket().tableId(), () -> fetcher.fetch(request));
  }

  @Override
  public CompletableFuture<ScanPin> pin(Principal who, TableInfo table, Map<Integer, Long> from) {
    return calls.reading(who, table.tableId(), () -> pins.pin(table.tableId(), from));
  }

  @Override
  public RowReader reader(TableInfo table, TableView view, List<String> columns, String filter) {
    return ViewReaders.of(table, view, columns, filter);
  }

  @Override
  public CompletableFuture<List<BucketOwner>> owners(Principal who, TableInfo table) {
    return catalog.owners(who, table);
  }

  @Override
  public CompletableFuture<Map<String, Map<String, String>>> servers(Principal who) {
    return calls.query(
        state -> {
          calls.authorize(who, Operation.DESCRIBE, null, null);
          Map<String, Map<String, String>> servers = new LinkedHashMap<>();
          for (Incarnation open : state.incarnations().open()) {
            servers.put(open.serverId(), open.endpoints());
          }
          return servers;
        });
  }
}
