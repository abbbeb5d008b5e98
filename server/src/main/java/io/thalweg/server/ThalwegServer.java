package io.thalweg.server;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.stats.TableStatistics;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.BucketOwner;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.GroupMemory;
import io.thalweg.server.api.LogPlace;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.QuotaApi;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.api.ScanPin;
import io.thalweg.server.api.ScrubStep;
import io.thalweg.server.api.SecurityApi;
import io.thalweg.server.api.SegmentEntry;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.TransactionApi;
import io.thalweg.server.api.TransactionTicket;
import io.thalweg.server.api.WritePermit;
import io.thalweg.server.kv.KeyedTables;
import io.thalweg.server.owner.FirstOwners;
import io.thalweg.server.owner.ServerIdentity;
import io.thalweg.server.read.ViewReaders;
import io.thalweg.server.security.AclAuthorizer;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * One server, as front doors see it: authorises each call and passes it on to the part that
 * answers. {@link ServerParts} wires the parts, {@link ServerLife} starts and ends them. Any
 * thread.
 */
public final class ThalwegServer implements ServerApi {
  private final ServerLife life;
  private final ServerParts parts;
  private final Calls calls;
  private final CatalogRequests catalog;
  private final PartitionRequests partitions;
  private final DeletionRequests deletions;
  private final BucketAppends appends;
  private final TransactionRequests transactions;
  private final SecurityRequests security;
  private final KeyedTables keyed;
  private final CallMeters meters;

  /**
   * A server that has not started.
   *
   * @param given what the process made; closed by the process, after {@link #close}
   * @param emptyState where the replica begins
   * @param authorizer decides who may do what, unless the settings want rules of access to
   * @param rules {@link ServerRules#STANDARD}, but in simulations
   */
  public ThalwegServer(
      ServerIdentity identity,
      ServerConfig config,
      ServerEnvironment given,
      ClusterState emptyState,
      Authorizer authorizer,
      ServerRules rules) {
    this.life = new ServerLife(identity, config, given, emptyState, rules);
    this.parts = life.parts();
    Authorizer decides =
        config.security().isEnforced()
            ? new AclAuthorizer(config.security(), parts.access)
            : authorizer;
    this.calls = new Calls(parts.context, decides);
    this.security = new SecurityRequests(parts.context, calls, parts.access, config.security());
    FirstOwners owners = new FirstOwners(given.loop(), parts.context.replica());
    this.catalog = new CatalogRequests(parts.context, calls, owners);
    this.partitions = new PartitionRequests(parts.context, calls, catalog, owners);
    this.deletions = new DeletionRequests(parts.context, calls);
    this.appends = new BucketAppends(calls, parts.encoder, parts.writer);
    this.transactions =
        new TransactionRequests(
            parts.context, calls, parts.transactionWaits, parts.writer::incarnation);
    this.keyed = parts.keyed(calls, config, given, rules);
    this.meters = new CallMeters(given.clock(), given.meters());
  }

  /** Begins to follow the feed and joins the cluster. */
  public void start() {
    life.start();
  }

  /** Completes if this server must end because log, store and server don't belong together. */
  public CompletableFuture<ThalwegException> failed() {
    return life.failed();
  }

  /** Completes once this server may take writes; fails with what {@link #failed} says. */
  public CompletableFuture<Void> ready() {
    return life.ready();
  }

  /** Leaves the cluster and ends everything under way; completes when memory is given back. */
  public CompletableFuture<Void> close() {
    return life.close();
  }

  @Override
  public BufferAllocator allocator() {
    return parts.context.allocator();
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
  public CompletableFuture<TableInfo> alterTable(
      Principal who, TablePath path, OptionalInt ifSchemaId, String changes) {
    return catalog.alterTable(who, path, ifSchemaId, changes);
  }

  @Override
  public TableInfo latest(TableInfo known) {
    return parts.context.replica().tables().latest(known);
  }

  @Override
  public CompletableFuture<Partition> createPartition(
      Principal who, TablePath path, Map<String, Optional<String>> partition, boolean lenient) {
    return partitions.create(who, path, partition, lenient);
  }

  @Override
  public CompletableFuture<Void> dropPartition(
      Principal who, TablePath path, Map<String, Optional<String>> partition) {
    return partitions.drop(who, path, partition);
  }

  @Override
  public CompletableFuture<TableInfo> partitionsFor(
      Principal who, TableInfo table, OptionalInt bucket, VectorSchemaRoot rows) {
    return partitions.forRows(who, table, bucket, rows);
  }

  @Override
  public CompletableFuture<TableInfo> repartitioned(Principal who, TableInfo known) {
    return partitions.changed(who, known);
  }

  @Override
  public CompletableFuture<Void> dropTable(Principal who, TablePath path) {
    return catalog.dropTable(who, path);
  }

  @Override
  public CompletableFuture<Long> deleteRecords(
      Principal who, TableInfo table, int bucket, OptionalLong beforeOffset) {
    return deletions.delete(who, table, bucket, beforeOffset);
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
  public CompletableFuture<TableInfo> resolve(Principal who, TablePath path) {
    return catalog.resolve(who, path);
  }

  @Override
  public CompletableFuture<TableInfo> resolveById(Principal who, long tableId) {
    return catalog.resolveById(who, tableId);
  }

  @Override
  public CompletableFuture<List<SegmentEntry>> files(Principal who, TablePath path) {
    return catalog.files(who, path);
  }

  @Override
  public CompletableFuture<TableStatistics> statistics(
      Principal who,
      TablePath path,
      OptionalInt bucket,
      Map<String, Optional<String>> partition,
      boolean columns) {
    return catalog.statistics(parts.statistics, who, path, bucket, partition, columns);
  }

  @Override
  public CompletableFuture<ScrubStep> scrub(
      Principal who, TablePath path, int bucket, String from) {
    return catalog.scrub(parts.scrubber, who, path, bucket, from);
  }

  @Override
  public TransactionApi transactions() {
    return transactions;
  }

  @Override
  public SecurityApi security() {
    return security;
  }

  @Override
  public QuotaApi quotas() {
    return security;
  }

  @Override
  public CompletableFuture<WriterStamp> openWriter(Principal who) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.IDEMPOTENT_WRITE, new Resource.Cluster());
          return parts
              .context
              .proposer()
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
    return parts.budget.reserve(bytes);
  }

  @Override
  public CompletableFuture<AppendResult> append(
      Principal who,
      TableInfo table,
      OptionalInt bucket,
      WriterStamp stamp,
      VectorSchemaRoot rows,
      WritePermit permit) {
    Optional<ThalwegException> refused = mayWrite(who, table, permit);
    if (refused.isPresent()) {
      return CompletableFuture.failedFuture(refused.get());
    }
    long began = meters.now();
    return meters.append(
        began,
        table.schema().primaryKey().isEmpty()
            ? appends.append(table, bucket, stamp, rows, permit)
            : calls.ofBuckets(table, keyed.upsert(table, bucket, stamp, rows, permit)));
  }

  @Override
  public CompletableFuture<AppendResult.Part> appendRecords(
      Principal who,
      TableInfo table,
      int bucket,
      Optional<TransactionTicket> transaction,
      ByteBuffer records,
      WritePermit permit) {
    Optional<ThalwegException> refused = mayWrite(who, table, permit);
    if (refused.isPresent()) {
      return CompletableFuture.failedFuture(refused.get());
    }
    long began = meters.now();
    return meters.appendRecords(
        began, appends.appendRecords(table, bucket, transaction, records, permit));
  }

  @Override
  public CompletableFuture<AppendResult.Part> appendRecordsAt(
      Principal who,
      TableInfo table,
      int bucket,
      LogPlace place,
      Optional<TransactionTicket> transaction,
      ByteBuffer records,
      WritePermit permit) {
    Optional<ThalwegException> refused = mayWrite(who, table, permit);
    if (refused.isPresent()) {
      return CompletableFuture.failedFuture(refused.get());
    }
    long began = meters.now();
    return meters.appendRecords(
        began, appends.appendRecordsAt(table, bucket, place, transaction, records, permit));
  }

  /** Why {@code who} may not write; closes the permit then. */
  private Optional<ThalwegException> mayWrite(Principal who, TableInfo table, WritePermit permit) {
    try {
      calls.authorize(who, Operation.WRITE, new Resource.Table(table.path().checkTable()));
      return Optional.empty();
    } catch (ThalwegException refused) {
      permit.close();
      return Optional.of(refused);
    } catch (RuntimeException | Error failure) {
      permit.close();
      throw failure;
    }
  }

  @Override
  public CompletableFuture<VectorSchemaRoot> lookup(
      Principal who, TableInfo table, VectorSchemaRoot keys, List<String> columns) {
    long began = meters.now();
    int count = keys.getRowCount();
    return meters.lookup(
        began, count, reading(who, table, () -> keyed.lookup(table, keys, columns)));
  }

  @Override
  public CompletableFuture<RowScan> scanRows(
      Principal who, TableInfo table, OptionalInt bucket, List<String> columns, String filter) {
    long began = meters.now();
    return meters.scan(
        began, reading(who, table, () -> keyed.scanRows(who, table, bucket, columns, filter)));
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
      calls.authorize(who, Operation.READ, new Resource.Table(table.path().checkTable()));
      return read.get();
    } catch (ThalwegException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  @Override
  public CompletableFuture<Long> offset(Principal who, TableBucket bucket, OffsetSpec spec) {
    return calls.reading(
        who, Operation.DESCRIBE, bucket.storage(), () -> parts.fetcher.offset(bucket, spec));
  }

  @Override
  public ReadShare openReads() {
    return parts.reads.open();
  }

  @Override
  public GroupMemory groupMemory() {
    return parts.groups;
  }

  @Override
  public CompletableFuture<Fetched> fetch(Principal who, FetchRequest request) {
    long began = meters.now();
    return calls.reading(
        who, request.bucket().storage(), () -> meters.fetch(began, parts.fetcher.fetch(request)));
  }

  @Override
  public CompletableFuture<Void> changed(Map<TableBucket, Long> ends, long nanos) {
    return calls.onLoop(() -> parts.ends.changed(ends, nanos));
  }

  @Override
  public CompletableFuture<ScanPin> pin(Principal who, TableInfo table, Map<Integer, Long> from) {
    return calls.reading(
        who,
        table.storage(),
        () -> {
          from.keySet().forEach(bucket -> table.checkBucket(bucket));
          return calls.ofBuckets(table, parts.pins.pin(table, from));
        });
  }

  @Override
  public RowReader reader(TableInfo table, TableView view, List<String> columns, String filter) {
    return ViewReaders.of(table, view, columns, filter, this::latest);
  }

  @Override
  public CompletableFuture<List<BucketOwner>> owners(Principal who, TableInfo table) {
    return catalog.owners(who, table);
  }

  @Override
  public CompletableFuture<Map<Integer, Integer>> ownedHere(
      Principal who, TableInfo table, Map<Integer, Integer> known, long nanos) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.DESCRIBE, new Resource.Table(table.path()));
          return parts.ownedLogs.owned(table, known, nanos);
        });
  }

  @Override
  public CompletableFuture<Long> tablesChanged(long known, long nanos) {
    return calls.onLoop(() -> parts.catalogWaits.changed(known, nanos));
  }

  @Override
  public CompletableFuture<String> clusterId(Principal who) {
    return calls.query(
        state -> {
          calls.authorize(who, Operation.DESCRIBE, new Resource.Cluster());
          return state.lineage().clusterId();
        });
  }

  @Override
  public CompletableFuture<Map<String, Map<String, String>>> servers() {
    return calls.query(
        state -> {
          Map<String, Map<String, String>> servers = new LinkedHashMap<>();
          for (Incarnation open : state.incarnations().open()) {
            servers.put(open.serverId(), open.endpoints());
          }
          return servers;
        });
  }
}
