package io.thalweg.frontend.flight;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.BucketHash;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.ThreadEventLoop;
import io.thalweg.server.api.AppendResult;
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
import io.thalweg.server.read.ReadBudget;
import io.thalweg.server.read.ViewReaders;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * A server in memory: real encoding, everything else as simple as can be, on one thread of its own.
 * Closing it checks that all memory was given back.
 */
public final class MemoryServerApi implements ServerApi, AutoCloseable {
  private final RootAllocator root = new RootAllocator();
  private final BufferAllocator stored = root.newChildAllocator("stored", 0, Long.MAX_VALUE);
  private final ThreadEventLoop loop = ThreadEventLoop.logging("memory-server");
  private final ReadBudget reads = new ReadBudget(loop, 32 << 20);
  private final AtomicLong clockMillis = new AtomicLong(1_000);
  private final AtomicLong reserved = new AtomicLong();
  private final AtomicInteger openPins = new AtomicInteger();

  private final Map<String, String> databases = new TreeMap<>(Map.of("default", ""));
  private final Map<TablePath, TableInfo> tables = new TreeMap<>();
  private final Map<TableBucket, Bucket> buckets = new HashMap<>();
  private final ArrayDeque<Fault> faults = new ArrayDeque<>();
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private final Map<Long, MemoryRows> keyed = new HashMap<>();
  private final Map<String, String> endpoints = new TreeMap<>(Map.of("1", "grpc://127.0.0.1:1"));
  private final Map<Integer, String> owners = new TreeMap<>();
  private final ArrayDeque<Optional<ErrorCode>> lookupFaults = new ArrayDeque<>();
  private final ArrayDeque<UnaryOperator<VectorSchemaRoot>> spoilers = new ArrayDeque<>();
  private final ArrayDeque<Runnable> heldLookups = new ArrayDeque<>();
  private final List<Integer> lookupSizes = new ArrayList<>();
  private final MemoryScans scans = new MemoryScans(loop, root);
  private boolean holdingLookups;
  private long refusedFrom = Long.MAX_VALUE;
  private int staleRequests;
  private boolean holding;
  private long nextTableId = 1;
  private long nextWriterId = 1;
  private int nextSticky;

  private record Fault(ErrorCode code, boolean afterStoring) {}

  private record Stamped(WriterStamp writer, int count, long base) {}

  private static final class Bucket {
    final List<Fetched.LogBatch> batches = new ArrayList<>();
    final Map<Long, Integer> nextSequence = new HashMap<>();
    final List<Stamped> stamped = new ArrayList<>();
    final List<Runnable> waiting = new ArrayList<>();
    long end;
  }

  /** The next append fails; {@code afterStoring}: though its rows were stored. */
  public void failNextAppend(ErrorCode code, boolean afterStoring) {
    loop.execute(() -> faults.add(new Fault(code, afterStoring)));
  }

  /** Appends wait until {@link #releaseAppends}. */
  public void holdAppends() {
    loop.execute(() -> holding = true);
  }

  /** Appends do not wait any more, but for those that do now. */
  public void holdNoMore() {
    call(() -> holding = false).join();
  }

  /** Lets the first waiting append go. */
  public void releaseFirstAppend() {
    loop.execute(() -> held.remove().run());
  }

  /** Lets waiting appends go, the latest first if {@code reversed}. */
  public void releaseAppends(boolean reversed) {
    loop.execute(
        () -> {
          holding = false;
          while (!held.isEmpty()) {
            (reversed ? held.removeLast() : held.remove()).run();
          }
        });
  }

  /** The next lookup fails. */
  public void failNextLookup(ErrorCode code) {
    failNextLookups(code);
  }

  /** The next lookups fail; null for one that does not. */
  public void failNextLookups(ErrorCode... codes) {
    loop.execute(
        () -> {
          for (ErrorCode code : codes) {
            lookupFaults.add(Optional.ofNullable(code));
          }
        });
  }

  /** The next lookup's answer is changed before it is sent. */
  public void spoilNextLookup(UnaryOperator<VectorSchemaRoot> spoiler) {
    loop.execute(() -> spoilers.add(spoiler));
  }

  /** Lookups with a key of a single BIGINT that is at least so much are refused. */
  public void refuseKeysFrom(long least) {
    loop.execute(() -> refusedFrom = least);
  }

  /** Lookups wait until {@link #releaseLookups}. */
  public void holdLookups() {
    loop.execute(() -> holdingLookups = true);
  }

  /** Lets waiting lookups go. */
  public void releaseLookups() {
    loop.execute(
        () -> {
          holdingLookups = false;
          while (!heldLookups.isEmpty()) {
            heldLookups.remove().run();
          }
        });
  }

  /** How many keys each lookup so far had. */
  public List<Integer> lookupSizes() {
    return call(() -> List.copyOf(lookupSizes)).join();
  }

  /** Tells who else is a server, under which URI. */
  public void addServer(String id, String uri) {
    call(() -> endpoints.put(id, uri)).join();
  }

  /** Bucket {@code bucket} of each table belongs to a server from now on. */
  public void setOwner(int bucket, String id) {
    call(() -> owners.put(bucket, id)).join();
  }

  /** This server as another one, which serves only the keyed buckets that it owns. */
  public ServerApi as(String id) {
    return (ServerApi)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ServerApi.class},
            (proxy, method, arguments) -> {
              try {
                if (method.getName().equals("append")) {
                  return appendAs(
                      id,
                      (TableInfo) arguments[1],
                      (OptionalInt) arguments[2],
                      (WriterStamp) arguments[3],
                      (VectorSchemaRoot) arguments[4],
                      (WritePermit) arguments[5]);
                }
                if (method.getName().equals("lookup")) {
                  @SuppressWarnings("unchecked")
                  List<String> columns = (List<String>) arguments[3];
                  return lookupAs(
                      id, (TableInfo) arguments[1], (VectorSchemaRoot) arguments[2], columns);
                }
                if (method.getName().equals("scanRows")) {
                  @SuppressWarnings("unchecked")
                  List<String> columns = (List<String>) arguments[3];
                  return scanRowsAs(
                      id, (TableInfo) arguments[1], (OptionalInt) arguments[2], columns);
                }
                return method.invoke(this, arguments);
              } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
              }
            });
  }

  /** How many requests came to a server that does not own their bucket. */
  public int staleRequests() {
    return call(() -> staleRequests).join();
  }

  private void checkOwner(String id, int bucket) {
    String owner = owners.get(bucket);
    if (id != null && owner != null && !owner.equals(id)) {
      staleRequests++;
      throw new ThalwegException(
          ErrorCode.STALE_OWNER, "bucket " + bucket + " is owned by server '" + owner + "'");
    }
  }

  private static int[] buckets(TableInfo table, VectorSchemaRoot rows) {
    List<FieldVector> key = table.descriptor().bucketKey().stream().map(rows::getVector).toList();
    return BucketHash.buckets(key, rows.getRowCount(), table.bucketCount());
  }

  private VectorSchemaRoot hold(VectorSchemaRoot rows) {
    int count = rows.getRowCount();
    return Selection.of(count, IntStream.range(0, count).toArray()).take(rows, stored);
  }

  /** How many appends wait. */
  public int heldAppends() {
    return call(held::size).join();
  }

  /** Bytes set aside and not given back, once everything asked for before has run. */
  public long reservedBytes() {
    return call(reserved::get).join();
  }

  /** Rows that a table holds. */
  public long rows(TablePath path) {
    return call(() ->
            buckets.entrySet().stream()
                .filter(entry -> entry.getKey().tableId() == tables.get(path).tableId())
                .mapToLong(entry -> entry.getValue().end)
                .sum())
        .join();
  }

  private <T> CompletableFuture<T> call(Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loop.execute(
        () -> {
          try {
            result.complete(task.call());
          } catch (Exception failure) {
            result.completeExceptionally(failure);
          }
        });
    return result;
  }

  @Override
  public BufferAllocator allocator() {
    return root;
  }

  @Override
  public CompletableFuture<Void> createDatabase(Principal principal, String name, String comment) {
    return call(
        () -> {
          if (databases.putIfAbsent(name, comment) != null) {
            throw new ThalwegException(
                ErrorCode.DATABASE_EXISTS, "database " + name + " exists already");
          }
          return null;
        });
  }

  @Override
  public CompletableFuture<Void> dropDatabase(Principal principal, String name) {
    return call(
        () -> {
          database(name);
          if (tables.keySet().stream().anyMatch(path -> path.database().equals(name))) {
            throw new ThalwegException(
                ErrorCode.DATABASE_NOT_EMPTY, "database " + name + " has tables; drop them first");
          }
          databases.remove(name);
          return null;
        });
  }

  private void database(String name) {
    if (!databases.containsKey(name)) {
      throw new ThalwegException(
          ErrorCode.DATABASE_NOT_FOUND, "there is no database " + name + "; create it first");
    }
  }

  @Override
  public CompletableFuture<Map<String, String>> listDatabases(Principal principal) {
    return call(() -> new TreeMap<>(databases));
  }

  @Override
  public CompletableFuture<TableInfo> createTable(
      Principal principal, TablePath path, TableDescriptor descriptor) {
    return call(
        () -> {
          database(path.database());
          if (tables.containsKey(path)) {
            throw new ThalwegException(ErrorCode.TABLE_EXISTS, "table " + path + " exists already");
          }
          var unused = TableOptions.from(descriptor.properties());
          TableInfo info =
              TableInfo.created(
                  nextTableId++,
                  new StorageId(nextTableId++),
                  path,
                  descriptor,
                  clockMillis.incrementAndGet());
          tables.put(path, info);
          if (!info.schema().primaryKey().isEmpty()) {
            keyed.put(info.tableId(), new MemoryRows(info.schema(), stored));
          }
          for (int i = 0; i < info.bucketCount(); i++) {
            buckets.put(info.bucket(i), new Bucket());
          }
          return info;
        });
  }

  @Override
  public CompletableFuture<Void> dropTable(Principal principal, TablePath path) {
    return call(
        () -> {
          TableInfo info = find(path);
          tables.remove(path);
          if (keyed.containsKey(info.tableId())) {
            keyed.remove(info.tableId()).close();
          }
          for (int i = 0; i < info.bucketCount(); i++) {
            Bucket gone = buckets.remove(info.bucket(i));
            gone.batches.forEach(batch -> batch.encoded().close());
          }
          return null;
        });
  }

  private TableInfo find(TablePath path) {
    TableInfo info = tables.get(path);
    if (info == null) {
      throw new ThalwegException(
          ErrorCode.TABLE_NOT_FOUND, "there is no table " + path + "; create it first");
    }
    return info;
  }

  @Override
  public CompletableFuture<List<TableInfo>> listTables(Principal principal, String database) {
    return call(
        () -> {
          database(database);
          return tables.values().stream()
              .filter(info -> info.path().database().equals(database))
              .toList();
        });
  }

  @Override
  public CompletableFuture<TableInfo> table(Principal principal, TablePath path) {
    return call(() -> path.view().of(find(path.base())));
  }

  @Override
  public CompletableFuture<VectorSchemaRoot> lookup(
      Principal principal, TableInfo table, VectorSchemaRoot keys, List<String> columns) {
    return lookupAs(null, table, keys, columns);
  }

  private CompletableFuture<VectorSchemaRoot> lookupAs(
      String id, TableInfo table, VectorSchemaRoot keys, List<String> columns) {
    VectorSchemaRoot taken = hold(keys);
    CompletableFuture<VectorSchemaRoot> answer = new CompletableFuture<>();
    loop.execute(
        () -> {
          lookupSizes.add(taken.getRowCount());
          Runnable lookup = () -> lookup(id, table, taken, columns, answer);
          if (holdingLookups) {
            heldLookups.add(lookup);
          } else {
            lookup.run();
          }
        });
    return answer;
  }

  private void lookup(
      String id,
      TableInfo table,
      VectorSchemaRoot keys,
      List<String> columns,
      CompletableFuture<VectorSchemaRoot> answer) {
    try (keys) {
      find(table.path());
      Optional<ErrorCode> fault = lookupFaults.isEmpty() ? Optional.empty() : lookupFaults.remove();
      if (fault.isPresent()) {
        throw new ThalwegException(fault.get(), "a fault for the test");
      }
      for (int bucket : buckets(table, keys)) {
        checkOwner(id, bucket);
      }
      checkKeys(keys);
      VectorSchemaRoot found = keyed.get(table.tableId()).lookup(keys, columns, root);
      answer.complete(spoilers.isEmpty() ? found : spoilers.remove().apply(found));
    } catch (ThalwegException failure) {
      answer.completeExceptionally(failure);
    }
  }

  private void checkKeys(VectorSchemaRoot keys) {
    for (int i = 0; refusedFrom < Long.MAX_VALUE && i < keys.getRowCount(); i++) {
      long key = ((BigIntVector) keys.getVector(0)).get(i);
      if (key >= refusedFrom) {
        throw new ThalwegException(ErrorCode.SCHEMA_MISMATCH, "the key " + key + " does not fit");
      }
    }
  }

  @Override
  public CompletableFuture<RowScan> scanRows(
      Principal principal,
      TableInfo table,
      OptionalInt bucket,
      List<String> columns,
      String filter) {
    return scanRowsAs(null, table, bucket, columns);
  }

  private CompletableFuture<RowScan> scanRowsAs(
      String id, TableInfo table, OptionalInt bucket, List<String> columns) {
    return call(
        () -> {
          Map<Integer, List<VectorSchemaRoot>> rows = new TreeMap<>();
          Map<Integer, Long> offsets = new TreeMap<>();
          for (int i = 0; i < table.bucketCount(); i++) {
            if (bucket.isEmpty() || bucket.getAsInt() == i) {
              checkOwner(id, i);
              rows.put(i, new ArrayList<>());
              offsets.put(i, bucket(table.bucket(i)).end);
            }
          }
          for (VectorSchemaRoot row : keyed.get(table.tableId()).copies()) {
            List<VectorSchemaRoot> ofBucket = rows.get(buckets(table, row)[0]);
            if (ofBucket == null) {
              row.close();
            } else {
              ofBucket.add(row);
            }
          }
          return scans.begin(table, rows, offsets, columns);
        });
  }

  @Override
  public CompletableFuture<RowScan> resumeRows(
      Principal principal, TableInfo table, String resume, List<String> columns, String filter) {
    return call(() -> scans.resume(table, resume, columns));
  }

  @Override
  public CompletableFuture<Void> endRows(Principal principal, TableInfo table, String resume) {
    return call(
        () -> {
          scans.end(resume);
          return null;
        });
  }

  /** Scans of rows that are read or may be resumed, once everything asked for before has run. */
  public int openScans() {
    return call(scans::open).join();
  }

  /** Ends all scans of rows. */
  public void expireScans() {
    loop.execute(scans::endAll);
  }

  @Override
  public CompletableFuture<List<BucketOwner>> owners(Principal principal, TableInfo table) {
    return call(
        () ->
            owners.entrySet().stream()
                .filter(entry -> entry.getKey() < table.bucketCount())
                .map(
                    entry ->
                        new BucketOwner(
                            entry.getKey(),
                            Optional.of(entry.getValue()),
                            Map.of("flight", endpoints.get(entry.getValue()))))
                .toList());
  }

  @Override
  public CompletableFuture<WriterStamp> openWriter(Principal principal) {
    return call(() -> new WriterStamp(nextWriterId++, (short) 0, 0));
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
    return appendAs(null, table, bucket, writer, rows, permit);
  }

  private CompletableFuture<AppendResult> appendAs(
      String id,
      TableInfo table,
      OptionalInt bucket,
      WriterStamp writer,
      VectorSchemaRoot rows,
      WritePermit permit) {
    if (!table.schema().primaryKey().isEmpty()) {
      return upsert(id, table, bucket, writer, rows, permit);
    }
    List<FieldVector> made = new ArrayList<>();
    EncodedBatch encoded;
    TableBucket target = table.bucket(bucket.orElse(nextSticky(table)));
    try {
      TableOptions options = TableOptions.from(table.descriptor().properties());
      encoded =
          new BatchEncoder(options.compression(), options.zstdLevel(), BatchHeader.MAX_LENGTH)
              .encode(
                  target,
                  table.schema(),
                  InputCheck.check(rows, table.schema(), stored, made),
                  rows.getRowCount(),
                  clockMillis.incrementAndGet(),
                  writer,
                  stored);
    } catch (RuntimeException refused) {
      permit.close();
      return CompletableFuture.failedFuture(refused);
    } finally {
      made.forEach(FieldVector::close);
    }
    CompletableFuture<AppendResult> result = new CompletableFuture<>();
    loop.execute(
        () -> {
          Runnable store = () -> store(target, writer, encoded, permit, result);
          if (holding) {
            held.add(store);
          } else {
            store.run();
          }
        });
    return result;
  }

  private CompletableFuture<AppendResult> upsert(
      String id,
      TableInfo table,
      OptionalInt bucket,
      WriterStamp writer,
      VectorSchemaRoot rows,
      WritePermit permit) {
    int target = bucket.orElse(0);
    for (int belongs : buckets(table, rows)) {
      if (belongs != target) {
        permit.close();
        return CompletableFuture.failedFuture(
            new ThalwegException(
                ErrorCode.INVALID_REQUEST,
                "a row belongs to bucket " + belongs + ", not to bucket " + target));
      }
    }
    VectorSchemaRoot taken = hold(rows);
    CompletableFuture<AppendResult> result = new CompletableFuture<>();
    loop.execute(
        () -> {
          Runnable store = () -> store(id, table, target, writer, taken, permit, result);
          if (holding) {
            held.add(store);
          } else {
            store.run();
          }
        });
    return result;
  }

  private void store(
      String id,
      TableInfo table,
      int target,
      WriterStamp writer,
      VectorSchemaRoot rows,
      WritePermit permit,
      CompletableFuture<AppendResult> result) {
    permit.close();
    Fault fault = faults.poll();
    try (rows) {
      find(table.path());
      checkOwner(id, target);
      if (fault != null && !fault.afterStoring()) {
        throw new ThalwegException(fault.code(), "a fault for the test");
      }
      AppendResult.Part part = upsert(table, target, writer, rows);
      if (fault != null) {
        throw new ThalwegException(fault.code(), "a fault for the test, after storing");
      }
      result.complete(new AppendResult(List.of(part)));
    } catch (ThalwegException refused) {
      result.completeExceptionally(refused);
    }
  }

  private AppendResult.Part upsert(
      TableInfo table, int target, WriterStamp writer, VectorSchemaRoot rows) {
    TableBucket id = table.bucket(target);
    Bucket bucket = bucket(id);
    int count = rows.getRowCount();
    Optional<Long> before = judge(bucket, writer, count);
    if (before.isPresent()) {
      return new AppendResult.Part(target, before.get(), count, true);
    }
    long base = bucket.end;
    try (VectorSchemaRoot changes = keyed.get(table.tableId()).write(rows)) {
      if (changes.getRowCount() > 0) {
        TableOptions options = TableOptions.from(table.descriptor().properties());
        log(
            bucket,
            new BatchEncoder(options.compression(), options.zstdLevel(), BatchHeader.MAX_LENGTH)
                .encode(
                    id,
                    table.schema().ofLog(),
                    changes.getFieldVectors(),
                    changes.getRowCount(),
                    clockMillis.incrementAndGet(),
                    WriterStamp.NONE,
                    stored));
      }
    }
    return new AppendResult.Part(target, base, count, false);
  }

  private synchronized int nextSticky(TableInfo table) {
    return nextSticky++ % table.bucketCount();
  }

  private void store(
      TableBucket target,
      WriterStamp writer,
      EncodedBatch encoded,
      WritePermit permit,
      CompletableFuture<AppendResult> result) {
    permit.close();
    Fault fault = faults.poll();
    Bucket bucket = buckets.get(target);
    try {
      if (bucket == null) {
        throw new ThalwegException(ErrorCode.TABLE_NOT_FOUND, "the table was dropped");
      }
      if (fault != null && !fault.afterStoring()) {
        throw new ThalwegException(fault.code(), "a fault for the test");
      }
      AppendResult.Part part = ordered(bucket, target, writer, encoded);
      if (fault != null) {
        throw new ThalwegException(fault.code(), "a fault for the test, after storing");
      }
      result.complete(new AppendResult(List.of(part)));
    } catch (ThalwegException refused) {
      if (bucket == null || bucket.batches.stream().noneMatch(b -> b.encoded() == encoded)) {
        encoded.close();
      }
      result.completeExceptionally(refused);
    }
  }

  private AppendResult.Part ordered(
      Bucket bucket, TableBucket target, WriterStamp writer, EncodedBatch encoded) {
    int count = encoded.header().recordCount();
    Optional<Long> before = judge(bucket, writer, count);
    if (before.isPresent()) {
      encoded.close();
      return new AppendResult.Part(target.bucket(), before.get(), count, true);
    }
    long base = bucket.end;
    log(bucket, encoded);
    return new AppendResult.Part(target.bucket(), base, count, false);
  }

  /** The base offset under which a batch was stored before; else it is the writer's next. */
  private Optional<Long> judge(Bucket bucket, WriterStamp writer, int count) {
    if (!writer.present()) {
      return Optional.empty();
    }
    if (writer.writerId() >= nextWriterId) {
      throw new ThalwegException(
          ErrorCode.UNKNOWN_WRITER, "writer " + writer.writerId() + " was never opened");
    }
    List<Stamped> remembered =
        bucket.stamped.stream()
            .filter(before -> before.writer().writerId() == writer.writerId())
            .toList();
    for (Stamped before :
        remembered.subList(
            Math.max(0, remembered.size() - WriterStamp.WINDOW), remembered.size())) {
      if (before.writer().equals(writer) && before.count() == count) {
        return Optional.of(before.base());
      }
    }
    int expected = bucket.nextSequence.getOrDefault(writer.writerId(), 0);
    if (writer.sequence() != expected) {
      throw new ThalwegException(
          ErrorCode.OUT_OF_ORDER_SEQUENCE,
          "sequence " + writer.sequence() + " came where " + expected + " was expected");
    }
    bucket.nextSequence.put(writer.writerId(), writer.next(count));
    bucket.stamped.add(new Stamped(writer, count, bucket.end));
    return Optional.empty();
  }

  private static void log(Bucket bucket, EncodedBatch encoded) {
    bucket.batches.add(new Fetched.LogBatch(bucket.end, encoded));
    bucket.end += encoded.header().recordCount();
    List<Runnable> waiting = List.copyOf(bucket.waiting);
    bucket.waiting.clear();
    waiting.forEach(Runnable::run);
  }

  /** Memory does not rot. */
  @Override
  public CompletableFuture<ScrubStep> scrub(
      Principal principal, TablePath path, int bucket, String from) {
    return CompletableFuture.completedFuture(new ScrubStep(Optional.empty(), 0, 0, List.of()));
  }

  @Override
  public CompletableFuture<Long> offset(Principal principal, TableBucket bucket, OffsetSpec spec) {
    return call(
        () -> {
          Bucket found = bucket(bucket);
          if (spec instanceof OffsetSpec.AtTimestamp at) {
            return found.batches.stream()
                .filter(batch -> batch.encoded().header().maxTimestamp() >= at.millis())
                .map(Fetched.LogBatch::baseOffset)
                .findFirst()
                .orElse(found.end);
          }
          return spec instanceof OffsetSpec.Earliest ? 0L : found.end;
        });
  }

  private Bucket bucket(TableBucket bucket) {
    Bucket found = buckets.get(bucket);
    if (found == null) {
      throw new ThalwegException(ErrorCode.BUCKET_NOT_FOUND, "there is no bucket " + bucket);
    }
    return found;
  }

  @Override
  public ReadShare openReads() {
    return reads.open();
  }

  /** Bytes that readers hold now. */
  public long heldByReaders() {
    return reads.used();
  }

  @Override
  public CompletableFuture<Fetched> fetch(Principal principal, FetchRequest request) {
    CompletableFuture<Fetched> result = new CompletableFuture<>();
    loop.execute(() -> fetch(request, result, true));
    return result;
  }

  private void fetch(FetchRequest request, CompletableFuture<Fetched> result, boolean mayWait) {
    if (result.isDone()) {
      return;
    }
    try {
      Bucket bucket = bucket(request.bucket());
      if (request.offset() < 0 || request.offset() > bucket.end) {
        throw new ThalwegException(
            ErrorCode.OFFSET_OUT_OF_RANGE,
            "offset " + request.offset() + " is not within 0 to " + bucket.end);
      }
      if (request.offset() == bucket.end && mayWait && request.waitNanos() > 0) {
        var timer = loop.schedule(request.waitNanos(), () -> fetch(request, result, false));
        bucket.waiting.add(
            () -> {
              timer.cancel();
              fetch(request, result, false);
            });
        return;
      }
      List<Fetched.Batch> given = new ArrayList<>();
      long next = request.offset();
      int bytes = 0;
      for (Fetched.LogBatch batch : bucket.batches) {
        if (batch.endOffset() > request.offset()
            && (given.isEmpty() || bytes + batch.encoded().length() <= request.maxBytes())) {
          given.add(new Fetched.LogBatch(batch.baseOffset(), batch.encoded().retain()));
          bytes += batch.encoded().length();
          next = batch.endOffset();
        } else if (!given.isEmpty()) {
          break;
        }
      }
      result.complete(new Fetched(given, next, 0, bucket.end));
    } catch (ThalwegException failure) {
      result.completeExceptionally(failure);
    }
  }

  /** Fetches that wait for new batches. */
  public int waitingFetches() {
    return call(() -> buckets.values().stream().mapToInt(bucket -> bucket.waiting.size()).sum())
        .join();
  }

  @Override
  public CompletableFuture<ScanPin> pin(
      Principal principal, TableInfo table, Map<Integer, Long> from) {
    openPins.incrementAndGet();
    AtomicBoolean open = new AtomicBoolean(true);
    return CompletableFuture.completedFuture(
        () -> {
          if (open.getAndSet(false)) {
            openPins.decrementAndGet();
          }
        });
  }

  /** Pins that are open. */
  public int openPins() {
    return openPins.get();
  }

  @Override
  public RowReader reader(TableInfo table, TableView view, List<String> columns, String filter) {
    // What a view makes of records needs no server: it is the real reader's.
    return view == TableView.TABLE
        ? new MemoryRowReader(table.schema().ofLog(), columns, filter)
        : ViewReaders.of(table, view, columns, filter);
  }

  /** One file of each bucket that has records. */
  @Override
  public CompletableFuture<List<SegmentEntry>> files(Principal principal, TablePath path) {
    return call(
        () -> {
          TableInfo info = find(path);
          List<SegmentEntry> files = new ArrayList<>();
          for (int i = 0; i < info.bucketCount(); i++) {
            long end = bucket(info.bucket(i)).end;
            if (end > 0) {
              files.add(new SegmentEntry(i, 0, end, "tables/" + i + ".parquet", 100 + i));
            }
          }
          return files;
        });
  }

  @Override
  public CompletableFuture<Map<String, Map<String, String>>> servers(Principal principal) {
    return call(
        () -> {
          Map<String, Map<String, String>> servers = new TreeMap<>();
          endpoints.forEach((id, uri) -> servers.put(id, Map.of("flight", uri)));
          return servers;
        });
  }

  @Override
  public void close() {
    call(() -> {
          scans.endAll();
          keyed.values().forEach(MemoryRows::close);
          for (Bucket bucket : buckets.values()) {
            bucket.batches.forEach(batch -> batch.encoded().close());
            List.copyOf(bucket.waiting).forEach(Runnable::run);
          }
          return null;
        })
        .join();
    loop.close();
    stored.close();
    root.close();
    if (reads.used() != 0) {
      throw new IllegalStateException("readers did not give " + reads.used() + " bytes back");
    }
  }
}
