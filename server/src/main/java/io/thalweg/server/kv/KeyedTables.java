package io.thalweg.server.kv;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.api.WritePermit;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.rows.KeyEncoder;
import io.thalweg.server.kv.rows.KeyEncoder.Keys;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.rows.TableCodecs;
import io.thalweg.server.kv.scan.OpenScan;
import io.thalweg.server.kv.scan.PrefixLookup;
import io.thalweg.server.kv.scan.RowReadConfig;
import io.thalweg.server.kv.scan.ScanToken;
import io.thalweg.server.kv.scan.TableScan;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.kv.write.UpsertEncoder;
import io.thalweg.server.kv.write.UpsertRows;
import io.thalweg.server.kv.write.Upserted;
import io.thalweg.server.replica.CurrentReads;
import io.thalweg.server.write.AppendParts;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/** Answers writes, lookups and scans of primary-key tables for the front doors. Any thread. */
public final class KeyedTables {
  /** Most keys of one lookup: other lookups wait for it. */
  private static final int MAX_KEYS = 1 << 18;

  /** Name of the column that says which key a row was found for: INT NOT NULL. */
  public static final String KEY_INDEX_COLUMN = "__key_index";

  private static final Field KEY_INDEX =
      ArrowTypes.toArrow(KEY_INDEX_COLUMN, DataType.of(Kind.INT).withNullable(false));

  private static final int MAX_TABLES = 1_000;

  private final Map<Seen, Codecs> tables = new ConcurrentHashMap<>();
  private final EventLoop serverLoop;
  private final ServerLoop loop;
  private final OwnedBuckets owned;
  private final CurrentReads current;
  private final Executor scans;
  private final KvRules rules;
  private final RowReadConfig config;
  private final BufferAllocator allocator;
  private final UnaryOperator<TableInfo> latest;
  private final ScanSource source = new ScanSource();

  /** A table with one of its schemas: clients of several may be at work. */
  private record Seen(long tableId, int schemaId) {}

  /** The encoders and decoders of one table, kept from request to request. */
  private record Codecs(TableCodecs rows, UpsertEncoder upserts) {}

  /** Runs work on the server's loop; what it throws fails the future. */
  @FunctionalInterface
  public interface ServerLoop {
    /** Runs {@code work}. */
    <T> CompletableFuture<T> run(Supplier<CompletableFuture<T>> work);
  }

  /**
   * Over the buckets that this server owns.
   *
   * @param scans runs scans of rows, one task after the other
   */
  public KeyedTables(
      ServerContext context,
      ServerLoop loop,
      OwnedBuckets owned,
      Executor scans,
      RowReadConfig config,
      KvRules rules) {
    this.config = config;
    this.serverLoop = context.loop();
    this.loop = loop;
    this.owned = owned;
    this.current = new CurrentReads(context.replica());
    this.scans = scans;
    this.allocator = context.allocator();
    this.latest = context.replica().tables()::latest;
    this.rules = rules;
  }

  /** See {@code ServerApi.append}. */
  public CompletableFuture<AppendResult> upsert(
      TableInfo table,
      OptionalInt bucket,
      WriterStamp writer,
      VectorSchemaRoot rows,
      WritePermit permit) {
    List<UpsertRows> writes;
    try {
      writes =
          rows.getRowCount() == 0
              ? List.of()
              : codecs(table).upserts().encode(table, bucket, writer, rows);
    } catch (ThalwegException refused) {
      permit.close();
      return CompletableFuture.failedFuture(refused);
    } catch (RuntimeException | Error failure) {
      permit.close();
      throw failure;
    }
    if (writes.isEmpty()) {
      permit.close();
      return CompletableFuture.completedFuture(new AppendResult(List.of()));
    }
    return loop.run(
        () -> {
          List<CompletableFuture<Upserted>> answers;
          try {
            answers = owned.upsert(table, writes);
          } catch (RuntimeException | Error failure) {
            permit.close();
            throw failure;
          }
          List<AppendParts.Part> parts = new ArrayList<>();
          for (int i = 0; i < writes.size(); i++) {
            UpsertRows write = writes.get(i);
            int number = table.number(write.bucket());
            parts.add(
                new AppendParts.Part(
                    number,
                    answers
                        .get(i)
                        .thenApply(
                            stored ->
                                new AppendResult.Part(
                                    number,
                                    stored.baseOffset(),
                                    write.rowCount(),
                                    stored.duplicate()))));
          }
          return AppendParts.all(parts).whenComplete((done, failure) -> permit.close());
        });
  }

  private Codecs codecs(TableInfo table) {
    Seen seen = new Seen(table.tableId(), table.schema().schemaId());
    Codecs known = tables.get(seen);
    if (known != null && known.rows.areFor(table)) {
      return known;
    }
    if (tables.size() >= MAX_TABLES) {
      tables.clear();
    }
    TableCodecs rows = new TableCodecs(table, latest, allocator);
    Codecs made = new Codecs(rows, new UpsertEncoder(table, rows, allocator));
    tables.put(seen, made);
    return made;
  }

  /** See {@code ServerApi.lookup}. */
  public CompletableFuture<VectorSchemaRoot> lookup(
      TableInfo table, VectorSchemaRoot keys, List<String> columns) {
    if (table.schema().primaryKey().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "table " + table.path() + " has no primary key to look rows up by; scan it");
    }
    if (keys.getRowCount() > MAX_KEYS) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the batch has "
              + keys.getRowCount()
              + " keys, the limit is "
              + MAX_KEYS
              + "; send fewer in a batch");
    }
    int[] positions = TableCodecs.positions(table.schema(), columns);
    TableCodecs codecs = codecs(table).rows;
    KeyEncoder encoder = codecs.keys(keys);
    int count = keys.getRowCount();
    Splits split = new Splits(table, encoder.encode(keys));
    if (encoder.schema().columns().size() < table.schema().primaryKey().size()) {
      return findAll(table, split, count, codecs, positions);
    }
    return loop.run(
        () ->
            current()
                .thenCompose(now -> lookUp(split, count))
                .thenApply(found -> rows(codecs, found, positions)));
  }

  /** The table with the partitions that this server knows now. */
  private TableInfo repartitioned(TableInfo table) {
    return table.isPartitioned() ? table.with(latest.apply(table).partitions()) : table;
  }

  /**
   * The keys of a request by bucket. Those of a table without partitions are split on the caller's
   * thread, the others once this server knows what partitions there are.
   */
  private final class Splits {
    private final KeyEncoder.Encoded encoded;
    private final List<Keys> known;
    private TableInfo table;

    Splits(TableInfo table, KeyEncoder.Encoded encoded) {
      this.table = table;
      this.encoded = encoded;
      this.known = table.isPartitioned() ? null : KeyEncoder.split(encoded, table);
    }

    List<Keys> now() {
      table = repartitioned(table);
      return known != null ? known : KeyEncoder.split(encoded, table);
    }

    TableBucket bucket(Keys keys) {
      return table.bucket(keys.bucket());
    }
  }

  /**
   * Finds all rows whose keys begin with each prefix. It reads views, off the bucket's rows loop:
   * the rows may be many and spread over many disk blocks, and writes must not wait for them.
   */
  private CompletableFuture<VectorSchemaRoot> findAll(
      TableInfo table, Splits split, int count, TableCodecs codecs, int[] positions) {
    PrefixLookup lookup = new PrefixLookup(config, count);
    return loop.run(
        () ->
            current()
                .thenCompose(
                    now -> {
                      Map<Keys, CompletableFuture<KvView>> views = new LinkedHashMap<>();
                      for (Keys prefixes : split.now()) {
                        TableBucket id = split.bucket(prefixes);
                        views.put(prefixes, owned.view(table, id));
                      }
                      return CompletableFuture.allOf(
                              views.values().toArray(CompletableFuture[]::new))
                          .handleAsync(
                              (all, failure) -> {
                                try (lookup) {
                                  views.forEach((prefixes, view) -> add(lookup, view, prefixes));
                                  if (failure != null) {
                                    throw failure instanceof CompletionException thrown
                                        ? thrown
                                        : new CompletionException(failure);
                                  }
                                  BinaryList rows = new BinaryList();
                                  int[] indexes = lookup.find(rows);
                                  codecs.stored().strip(rows);
                                  return answer(codecs, rows, indexes, positions);
                                }
                              },
                              scans);
                    }));
  }

  /** Hands over a view that was opened; does nothing where opening failed. */
  private static void add(PrefixLookup lookup, CompletableFuture<KvView> view, Keys prefixes) {
    var unused = view.thenAccept(there -> lookup.add(there, prefixes.keys(), prefixes.indexes()));
  }

  private CompletableFuture<Void> current() {
    return rules.asksWhatIsCurrent() ? current.current() : CompletableFuture.completedFuture(null);
  }

  /** See {@code ServerApi.scanRows}. */
  public CompletableFuture<RowScan> scanRows(
      Principal who, TableInfo table, OptionalInt bucket, List<String> columns, String filter) {
    TableScan.Plan plan = plan(table, columns, filter);
    if (!table.isPartitioned()) {
      bucket.ifPresent(table::checkBucket);
    }
    return loop.run(
        () ->
            (table.isPartitioned() ? current() : CompletableFuture.<Void>completedFuture(null))
                .thenApply(done -> begin(who, repartitioned(table), bucket, plan)));
  }

  private RowScan begin(Principal who, TableInfo table, OptionalInt bucket, TableScan.Plan plan) {
    List<Integer> buckets =
        bucket.isPresent() ? List.of(table.checkBucket(bucket.getAsInt())) : plan.buckets(table);
    int first = buckets.isEmpty() ? 0 : buckets.get(0);
    return new TableScan(
        owned.beginScan(who, table, buckets, scans),
        source,
        plan,
        first,
        ByteBuffer.allocate(0),
        scans,
        allocator);
  }

  private TableScan.Plan plan(TableInfo table, List<String> columns, String filter) {
    if (table.schema().primaryKey().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "table " + table.path() + " has no primary key; scan its log");
    }
    return new TableScan.Plan(codecs(table).rows, table, columns, filter);
  }

  /** See {@code ServerApi.resumeRows}. */
  public CompletableFuture<RowScan> resumeRows(
      Principal who, TableInfo table, String resume, List<String> columns, String filter) {
    TableScan.Plan plan = plan(table, columns, filter);
    ScanToken token = ScanToken.parse(resume);
    return loop.run(
        () ->
            CompletableFuture.completedFuture(
                new TableScan(
                    owned.scans().resume(token, who, table),
                    source,
                    plan,
                    token.bucket(),
                    token.position(),
                    scans,
                    allocator)));
  }

  /** See {@code ServerApi.endRows}. */
  public CompletableFuture<Void> endRows(Principal who, TableInfo table, String resume) {
    ScanToken token = ScanToken.parse(resume);
    return loop.run(
        () -> {
          owned.scans().end(token, who, table);
          return CompletableFuture.completedFuture(null);
        });
  }

  /** Answers what scans ask, on the server's loop. */
  private final class ScanSource implements TableScan.Source {
    @Override
    public CompletableFuture<Optional<KvView>> view(OpenScan open, int bucket) {
      return loop.run(
          () -> {
            // Before the rows are asked for, so that the scan ends if the bucket is lost meanwhile.
            owned.scans().begins(open, bucket);
            return current
                .current()
                .thenCompose(
                    now ->
                        repartitioned(open.table()).hasBucket(bucket)
                            ? owned
                                .view(open.table(), open.table().bucket(bucket))
                                .thenApply(Optional::of)
                            : CompletableFuture.completedFuture(Optional.empty()));
          });
    }

    @Override
    public void left(OpenScan open) {
      serverLoop.execute(() -> owned.scans().left(open));
    }

    @Override
    public void finished(OpenScan open) {
      serverLoop.execute(() -> owned.scans().finished(open));
    }

    @Override
    public void ended(OpenScan open) {
      serverLoop.execute(() -> owned.scans().end(open));
    }
  }

  /** The rows, by the key's index in the request; absent where there is none. */
  private CompletableFuture<Found> lookUp(Splits split, int count) {
    Found found = new Found(count);
    List<CompletableFuture<Void>> parts = new ArrayList<>();
    for (Keys keys : split.now()) {
      parts.add(
          owned
              .lookup(split.table, split.bucket(keys), keys.keys())
              .thenAccept(values -> found.put(keys.indexes(), values)));
    }
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).thenApply(all -> found);
  }

  /** Where the row of each key is. */
  private static final class Found {
    final BinaryList[] lists;
    final int[] at;

    Found(int count) {
      lists = new BinaryList[count];
      at = new int[count];
    }

    void put(int[] indexes, BinaryList values) {
      for (int i = 0; i < indexes.length; i++) {
        lists[indexes[i]] = values;
        at[indexes[i]] = i;
      }
    }
  }

  private VectorSchemaRoot rows(TableCodecs codecs, Found found, int[] positions) {
    BinaryList rows = new BinaryList();
    int[] indexes = new int[found.lists.length];
    for (int i = 0; i < found.lists.length; i++) {
      if (found.lists[i] != null && !found.lists[i].isAbsent(found.at[i])) {
        indexes[rows.count()] = i;
        rows.add(found.lists[i], found.at[i]);
      }
    }
    return answer(codecs, rows, indexes, positions);
  }

  /**
   * Rows as columns.
   *
   * @param indexes for each row, which key it was found for
   * @param positions of the columns wanted
   */
  private VectorSchemaRoot answer(
      TableCodecs codecs, BinaryList rows, int[] indexes, int[] positions) {
    List<FieldVector> vectors = codecs.decode(rows, positions);
    IntVector column = new IntVector(KEY_INDEX, allocator);
    vectors.add(0, column);
    try {
      column.allocateNew(rows.count());
      for (int i = 0; i < rows.count(); i++) {
        column.set(i, indexes[i]);
      }
      column.setValueCount(rows.count());
      return TableCodecs.root(vectors, rows.count());
    } catch (RuntimeException | Error failure) {
      vectors.forEach(FieldVector::close);
      throw failure;
    }
  }
}
