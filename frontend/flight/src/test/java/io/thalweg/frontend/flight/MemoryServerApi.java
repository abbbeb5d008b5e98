package io.thalweg.frontend.flight;

import io.thalweg.format.alter.AlterText;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.partition.PartitionFilter;
import io.thalweg.format.schema.Names;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.StorageId;
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
import io.thalweg.server.read.ViewReaders;
import io.thalweg.server.security.SecurityConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * A server in memory: real encoding, everything else as simple as can be, on one thread of its own.
 * Closing it checks that all memory was given back. {@link #faults} and {@link #cluster} are for
 * tests to make things go wrong.
 */
public final class MemoryServerApi implements ServerApi, AutoCloseable {
  private final MemoryParts parts;
  private final MemoryAppends appends;
  private final Authorizer authorizer;
  private final MemorySecurity security;
  private final String id;
  private final AtomicLong reserved;
  private final AtomicInteger openPins;

  /** The only server, with an empty cluster behind it; everybody may do everything. */
  public MemoryServerApi() {
    this(Authorizer.ALLOW_ALL);
  }

  /** The same, where {@code authorizer} decides who may do what. */
  public MemoryServerApi(Authorizer authorizer) {
    this(new MemorySecurity(authorizer, SecurityConfig.NONE));
  }

  /** The same with users and rules. */
  public MemoryServerApi(SecurityConfig config) {
    this(new MemorySecurity(Authorizer.ALLOW_ALL, config));
  }

  private MemoryServerApi(MemorySecurity security) {
    this.authorizer = security.authorizer();
    this.security = security;
    this.parts = new MemoryParts();
    this.appends = new MemoryAppends(parts);
    this.id = null;
    this.reserved = new AtomicLong();
    this.openPins = new AtomicInteger();
  }

  private MemoryServerApi(MemoryServerApi other, String id) {
    this.parts = other.parts;
    this.appends = other.appends;
    this.authorizer = other.authorizer;
    this.security = other.security;
    this.id = id;
    this.reserved = other.reserved;
    this.openPins = other.openPins;
  }

  /** The same server under the name of another, which serves only the keyed buckets it owns. */
  public ServerApi as(String other) {
    return new MemoryServerApi(this, other);
  }

  /** Makes requests fail or wait. */
  public MemoryFaults faults() {
    return parts.faults;
  }

  /** Says which servers there are and what they own. */
  public MemoryCluster cluster() {
    return parts.cluster;
  }

  /** Bytes set aside and not given back, once everything asked for before has run. */
  public long reservedBytes() {
    return parts.loop.call(reserved::get).join();
  }

  /** Rows that a table holds. */
  public long rows(TablePath path) {
    return parts.loop.call(() -> parts.log.records(parts.catalog.find(path))).join();
  }

  /** Scans of rows that are read or may be resumed, once everything asked for before has run. */
  public int openScans() {
    return parts.loop.call(parts.scans::open).join();
  }

  /** Ends all scans of rows. */
  public void expireScans() {
    parts.loop.execute(parts.scans::endAll);
  }

  /** Bytes that readers hold now. */
  public long heldByReaders() {
    return parts.reads.used();
  }

  /** Bytes that the groups of aggregates take now. */
  public long heldByAggregates() {
    return parts.groups.used();
  }

  /** Fetches that wait for new batches. */
  public int waitingFetches() {
    return parts.loop.call(parts.log::waitingFetches).join();
  }

  /** Pins that are open. */
  public int openPins() {
    return openPins.get();
  }

  @Override
  public BufferAllocator allocator() {
    return parts.root;
  }

  /** Runs a task on the loop, if {@code who} may. */
  private <T> CompletableFuture<T> allowed(
      Principal who, Operation what, Supplier<Resource> of, Callable<T> task) {
    return parts.loop.call(
        () -> {
          check(who, what, of.get());
          return task.call();
        });
  }

  private <T> CompletableFuture<T> allowed(
      Principal who, Operation what, TablePath of, Callable<T> task) {
    return allowed(who, what, () -> new Resource.Table(of.checkTable()), task);
  }

  /** Runs a task on the loop, if {@code who} may read the table whose bytes these are. */
  private <T> CompletableFuture<T> reading(Principal who, StorageId storage, Callable<T> task) {
    return reading(who, Operation.READ, storage, task);
  }

  private <T> CompletableFuture<T> reading(
      Principal who, Operation what, StorageId storage, Callable<T> task) {
    return allowed(who, what, () -> new Resource.Table(parts.catalog.of(storage).path()), task);
  }

  private void check(Principal who, Operation what, Resource of) {
    if (!authorizer.allows(who, what, of)) {
      throw new ThalwegException(
          ErrorCode.DENIED, "'" + who.name() + "' may not " + what + " " + of);
    }
  }

  private static Callable<Void> task(Runnable task) {
    return () -> {
      task.run();
      return null;
    };
  }

  private static Resource database(String name) {
    return new Resource.Database(Names.checkObject("database", name));
  }

  @Override
  public CompletableFuture<Void> createDatabase(Principal principal, String name, String comment) {
    return allowed(
        principal,
        Operation.CREATE,
        () -> database(name),
        task(() -> parts.catalog.createDatabase(name, comment)));
  }

  @Override
  public CompletableFuture<Void> dropDatabase(Principal principal, String name) {
    return allowed(
        principal,
        Operation.DROP,
        () -> database(name),
        task(() -> parts.catalog.dropDatabase(name)));
  }

  @Override
  public CompletableFuture<Map<String, String>> listDatabases(Principal principal) {
    return parts.loop.call(
        () -> {
          Map<String, String> visible = parts.catalog.databases();
          visible
              .keySet()
              .removeIf(
                  name ->
                      !authorizer.allows(
                          principal, Operation.DESCRIBE, new Resource.Database(name)));
          return visible;
        });
  }

  @Override
  public CompletableFuture<TableInfo> createTable(
      Principal principal, TablePath path, TableDescriptor descriptor) {
    return allowed(
        principal,
        Operation.CREATE,
        path,
        () -> {
          TableInfo info = parts.catalog.createTable(path, descriptor, parts.now());
          if (!info.schema().primaryKey().isEmpty()) {
            parts.keyed.put(info.tableId(), new MemoryRows(info.schema(), parts.stored));
          }
          parts.log.create(info);
          return info;
        });
  }

  @Override
  public CompletableFuture<TableInfo> alterTable(
      Principal principal, TablePath path, OptionalInt ifSchemaId, String changes) {
    return parts.loop.call(
        () -> {
          Resource altered = new Resource.Table(path.checkTable());
          AlterText.parse(changes).stream()
              .map(Operation::of)
              .distinct()
              .forEach(each -> check(principal, each, altered));
          return alter(path, ifSchemaId, changes);
        });
  }

  private TableInfo alter(TablePath path, OptionalInt ifSchemaId, String changes) {
    TableInfo before = parts.catalog.find(path);
    if (parts.keyed.containsKey(before.tableId())) {
      throw new ThalwegException(ErrorCode.UNSUPPORTED, "the fake alters log tables only");
    }
    TableInfo altered = parts.catalog.alterTable(path, ifSchemaId, changes);
    List<Integer> buckets = altered.buckets();
    parts.log.create(altered, buckets.subList(before.buckets().size(), buckets.size()));
    return altered;
  }

  @Override
  public TableInfo latest(TableInfo known) {
    return parts.catalog.latest(known);
  }

  @Override
  public CompletableFuture<Void> dropTable(Principal principal, TablePath path) {
    return allowed(
        principal,
        Operation.DROP,
        path,
        task(
            () -> {
              TableInfo info = parts.catalog.dropTable(path);
              if (parts.keyed.containsKey(info.tableId())) {
                parts.keyed.remove(info.tableId()).close();
              }
              parts.log.drop(info);
              parts.partitions.wake(info.tableId());
            }));
  }

  @Override
  public CompletableFuture<Long> deleteRecords(
      Principal principal, TableInfo table, int bucket, OptionalLong beforeOffset) {
    return allowed(
        principal,
        Operation.DROP,
        table.path(),
        () -> {
          if (!table.schema().primaryKey().isEmpty()) {
            throw new ThalwegException(
                ErrorCode.INVALID_REQUEST, "table " + table.path() + " has a primary key");
          }
          table.checkBucket(bucket);
          return parts.log.delete(table.bucket(bucket), beforeOffset);
        });
  }

  @Override
  public CompletableFuture<List<TableInfo>> listTables(Principal principal, String database) {
    return parts.loop.call(
        () -> {
          if (!parts.catalog.has(database)
              && !authorizer.allows(
                  principal, Operation.DESCRIBE, new Resource.Database(database))) {
            return List.of();
          }
          return parts.catalog.tables(database).stream()
              .filter(
                  table ->
                      authorizer.allows(
                          principal, Operation.DESCRIBE, new Resource.Table(table.path())))
              .toList();
        });
  }

  @Override
  public CompletableFuture<TableInfo> table(Principal principal, TablePath path) {
    return allowed(
        principal,
        Operation.DESCRIBE,
        path.base(),
        () -> path.view().of(parts.catalog.find(path.base())));
  }

  @Override
  public CompletableFuture<TableInfo> resolve(Principal principal, TablePath path) {
    return table(principal, path);
  }

  @Override
  public CompletableFuture<TableInfo> resolveById(Principal principal, long tableId) {
    return parts.loop.call(
        () -> {
          TableInfo table = parts.catalog.find(tableId);
          check(principal, Operation.DESCRIBE, new Resource.Table(table.path()));
          return table;
        });
  }

  @Override
  public CompletableFuture<VectorSchemaRoot> lookup(
      Principal principal, TableInfo table, VectorSchemaRoot keys, List<String> columns) {
    try {
      check(principal, Operation.READ, new Resource.Table(table.path().checkTable()));
      MemoryParts.checkKeyed(table);
      MemoryParts.checkColumns(table, columns);
      List<String> needed = new ArrayList<>(table.descriptor().partitionKey());
      needed.addAll(table.descriptor().bucketKey());
      for (String name : needed) {
        if (keys.getVector(name) == null) {
          throw new ThalwegException(
              ErrorCode.INVALID_REQUEST, "the keys have no column '" + name + "'");
        }
      }
    } catch (ThalwegException refused) {
      return CompletableFuture.failedFuture(refused);
    }
    VectorSchemaRoot taken = parts.copy(keys);
    CompletableFuture<VectorSchemaRoot> answer = new CompletableFuture<>();
    Runnable lookup = () -> lookup(table, taken, columns, answer);
    parts.loop.execute(() -> parts.faults.runLookup(taken.getRowCount(), lookup));
    return answer;
  }

  private void lookup(
      TableInfo table,
      VectorSchemaRoot keys,
      List<String> columns,
      CompletableFuture<VectorSchemaRoot> answer) {
    try (keys) {
      parts.catalog.check(table);
      parts.faults.failLookup();
      for (int bucket : parts.buckets(parts.catalog.latest(table), keys)) {
        parts.cluster.checkOwner(id, bucket);
      }
      parts.faults.checkKeys(keys);
      MemoryRows rows = parts.keyed.get(table.tableId());
      answer.complete(parts.faults.spoil(rows.lookup(keys, columns, parts.root)));
    } catch (ThalwegException failure) {
      answer.completeExceptionally(failure);
    }
  }

  @Override
  public CompletableFuture<RowScan> scanRows(
      Principal principal,
      TableInfo table,
      OptionalInt bucket,
      List<String> columns,
      String filter) {
    return allowed(
        principal,
        Operation.READ,
        table.path(),
        () -> {
          MemoryParts.checkKeyed(table);
          parts.catalog.check(table);
          TableInfo now = table.with(parts.catalog.latest(table).partitions());
          bucket.ifPresent(now::checkBucket);
          PartitionFilter matching =
              new PartitionFilter(now, Optional.ofNullable(MemoryScans.filter(now, filter)));
          Map<Integer, List<VectorSchemaRoot>> rows = new TreeMap<>();
          Map<Integer, Long> offsets = new TreeMap<>();
          for (int i : bucket.isPresent() ? List.of(bucket.getAsInt()) : matching.buckets()) {
            parts.cluster.checkOwner(id, i);
            rows.put(i, new ArrayList<>());
            offsets.put(i, parts.log.end(now.bucket(i)));
          }
          for (VectorSchemaRoot row : parts.keyed.get(table.tableId()).copies()) {
            List<VectorSchemaRoot> ofBucket = rows.get(parts.buckets(now, row)[0]);
            if (ofBucket == null) {
              row.close();
            } else {
              ofBucket.add(row);
            }
          }
          return parts.scans.begin(principal, table, rows, offsets, columns, filter);
        });
  }

  @Override
  public CompletableFuture<RowScan> resumeRows(
      Principal principal, TableInfo table, String resume, List<String> columns, String filter) {
    return allowed(
        principal,
        Operation.READ,
        table.path(),
        () -> {
          return parts.scans.resume(principal, table, resume, columns, filter);
        });
  }

  @Override
  public CompletableFuture<Void> endRows(Principal principal, TableInfo table, String resume) {
    return allowed(
        principal,
        Operation.READ,
        table.path(),
        task(() -> parts.scans.end(principal, table, resume)));
  }

  @Override
  public CompletableFuture<List<BucketOwner>> owners(Principal principal, TableInfo table) {
    return allowed(principal, Operation.DESCRIBE, table.path(), () -> parts.cluster.owners(table));
  }

  @Override
  public CompletableFuture<WriterStamp> openWriter(Principal principal) {
    return allowed(
        principal, Operation.IDEMPOTENT_WRITE, Resource.Cluster::new, parts.log::openWriter);
  }

  @Override
  public CompletableFuture<WritePermit> reserve(long bytes) {
    reserved.addAndGet(bytes);
    return CompletableFuture.completedFuture(
        new WritePermit() {
          private boolean closed;

          @Override
          public long bytes() {
            return bytes;
          }

          @Override
          public synchronized void close() {
            if (!closed) {
              closed = true;
              reserved.addAndGet(-bytes);
            }
          }
        });
  }

  @Override
  public CompletableFuture<AppendResult> append(
      Principal principal,
      TableInfo table,
      OptionalInt bucket,
      WriterStamp writer,
      VectorSchemaRoot rows,
      WritePermit permit) {
    try {
      check(principal, Operation.WRITE, new Resource.Table(table.path().checkTable()));
    } catch (ThalwegException refused) {
      permit.close();
      return CompletableFuture.failedFuture(refused);
    }
    return appends.append(id, table, bucket, writer, rows, permit);
  }

  @Override
  public CompletableFuture<AppendResult.Part> appendRecords(
      Principal principal,
      TableInfo table,
      int bucket,
      Optional<TransactionTicket> transaction,
      ByteBuffer records,
      WritePermit permit) {
    try {
      check(principal, Operation.WRITE, new Resource.Table(table.path().checkTable()));
    } catch (ThalwegException refused) {
      permit.close();
      return CompletableFuture.failedFuture(refused);
    }
    return appends.appendRecords(table, bucket, records, permit, Optional.empty());
  }

  @Override
  public TransactionApi transactions() {
    return new MemoryTransactions();
  }

  @Override
  public SecurityApi security() {
    return security;
  }

  @Override
  public QuotaApi quotas() {
    return security;
  }

  /** This server owns every bucket, in the first epoch. */
  @Override
  public CompletableFuture<AppendResult.Part> appendRecordsAt(
      Principal principal,
      TableInfo table,
      int bucket,
      LogPlace place,
      Optional<TransactionTicket> transaction,
      ByteBuffer records,
      WritePermit permit) {
    try {
      check(principal, Operation.WRITE, new Resource.Table(table.path().checkTable()));
    } catch (ThalwegException refused) {
      permit.close();
      return CompletableFuture.failedFuture(refused);
    }
    return appends.appendRecords(table, bucket, records, permit, Optional.of(place));
  }

  @Override
  public CompletableFuture<Map<Integer, Integer>> ownedHere(
      Principal principal, TableInfo table, Map<Integer, Integer> known, long nanos) {
    return allowed(
            principal,
            Operation.DESCRIBE,
            table.path(),
            () -> {
              Map<Integer, Integer> owned = new TreeMap<>();
              table.buckets().forEach(number -> owned.put(number, MemoryAppends.EPOCH));
              return owned;
            })
        .thenCompose(
            owned -> {
              CompletableFuture<Map<Integer, Integer>> answer = new CompletableFuture<>();
              if (owned.equals(known) && nanos > 0) {
                parts.loop.loop().schedule(nanos, () -> answer.complete(owned));
              } else {
                answer.complete(owned);
              }
              return answer;
            });
  }

  @Override
  public CompletableFuture<Long> tablesChanged(long known, long nanos) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    parts.loop.execute(() -> parts.catalog.changed(known, nanos, parts.loop, answer));
    return answer;
  }

  @Override
  public CompletableFuture<Void> changed(Map<TableBucket, Long> ends, long nanos) {
    CompletableFuture<Void> changed = new CompletableFuture<>();
    parts.loop.execute(() -> parts.log.changed(ends, nanos, changed));
    return changed;
  }

  @Override
  public CompletableFuture<Partition> createPartition(
      Principal principal,
      TablePath path,
      Map<String, Optional<String>> partition,
      boolean ifNotExists) {
    return allowed(
        principal,
        Operation.ALTER,
        path,
        () -> parts.partitions.create(path, partition, ifNotExists));
  }

  @Override
  public CompletableFuture<Void> dropPartition(
      Principal principal, TablePath path, Map<String, Optional<String>> partition) {
    return allowed(
        principal, Operation.DROP, path, task(() -> parts.partitions.drop(path, partition)));
  }

  @Override
  public CompletableFuture<TableInfo> partitionsFor(
      Principal principal, TableInfo table, OptionalInt bucket, VectorSchemaRoot rows) {
    if (!table.isPartitioned()) {
      return CompletableFuture.completedFuture(table);
    }
    try {
      check(principal, Operation.WRITE, new Resource.Table(table.path().checkTable()));
      return parts.partitions.forRows(table, bucket, rows);
    } catch (ThalwegException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  @Override
  public CompletableFuture<TableInfo> repartitioned(Principal principal, TableInfo known) {
    return allowed(principal, Operation.READ, known.path().base(), () -> known)
        .thenCompose(parts.partitions::changed);
  }

  /** Nothing is in segments, so nothing is known of columns. */
  @Override
  public CompletableFuture<TableStatistics> statistics(
      Principal principal,
      TablePath path,
      OptionalInt bucket,
      Map<String, Optional<String>> partition,
      boolean columns) {
    return allowed(
        principal,
        Operation.READ,
        path,
        () -> {
          TableInfo info = parts.catalog.find(path);
          return parts.log.statistics(
              info, MemoryPartitions.meant(info, bucket, partition), columns);
        });
  }

  /** Memory does not rot. */
  @Override
  public CompletableFuture<ScrubStep> scrub(
      Principal principal, TablePath path, int bucket, String from) {
    return allowed(
        principal,
        Operation.READ,
        path,
        () -> {
          parts.catalog.find(path).checkBucket(bucket);
          return new ScrubStep(Optional.empty(), 0, 0, List.of());
        });
  }

  @Override
  public CompletableFuture<Long> offset(Principal principal, TableBucket bucket, OffsetSpec spec) {
    return reading(
        principal, Operation.DESCRIBE, bucket.storage(), () -> parts.log.offset(bucket, spec));
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
  public CompletableFuture<Fetched> fetch(Principal principal, FetchRequest request) {
    CompletableFuture<Fetched> result = new CompletableFuture<>();
    var unused =
        reading(
                principal,
                request.bucket().storage(),
                task(
                    () -> {
                      parts.faults.failFetch();
                      parts.log.fetch(request, result, true);
                    }))
            .whenComplete(
                (begun, refused) -> {
                  if (refused != null) {
                    result.completeExceptionally(refused);
                  }
                });
    return result;
  }

  @Override
  public CompletableFuture<ScanPin> pin(
      Principal principal, TableInfo table, Map<Integer, Long> from) {
    return reading(
        principal,
        table.storage(),
        () -> {
          from.keySet().forEach(table::checkBucket);
          from.forEach((bucket, offset) -> parts.log.pin(table.bucket(bucket), offset));
          openPins.incrementAndGet();
          AtomicBoolean open = new AtomicBoolean(true);
          return () -> {
            if (open.getAndSet(false)) {
              openPins.decrementAndGet();
              parts.loop.execute(
                  () ->
                      from.forEach(
                          (bucket, offset) -> parts.log.unpin(table.bucket(bucket), offset)));
            }
          };
        });
  }

  @Override
  public RowReader reader(TableInfo table, TableView view, List<String> columns, String filter) {
    // What a reader makes of records needs no server: it is the real one's.
    return ViewReaders.of(table, view, columns, filter, parts.catalog::latest);
  }

  /** One file of each bucket that has records. */
  @Override
  public CompletableFuture<List<SegmentEntry>> files(Principal principal, TablePath path) {
    return allowed(
        principal,
        Operation.READ,
        path,
        () -> {
          TableInfo info = parts.catalog.find(path);
          List<SegmentEntry> files = new ArrayList<>();
          for (int i : info.buckets()) {
            long end = parts.log.end(info.bucket(i));
            if (end > 0) {
              files.add(new SegmentEntry(i, 0, end, "tables/" + i + ".parquet", 100 + i));
            }
          }
          return files;
        });
  }

  @Override
  public CompletableFuture<String> clusterId(Principal principal) {
    return allowed(principal, Operation.DESCRIBE, Resource.Cluster::new, () -> "memory");
  }

  @Override
  public CompletableFuture<Map<String, Map<String, String>>> servers() {
    return CompletableFuture.completedFuture(parts.cluster.servers());
  }

  @Override
  public void close() {
    parts.close();
  }
}
