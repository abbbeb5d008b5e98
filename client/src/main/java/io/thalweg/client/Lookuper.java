package io.thalweg.client;

import io.thalweg.client.lookup.BatchWaiter;
import io.thalweg.client.lookup.KeyWaiter;
import io.thalweg.client.lookup.LookupAnswer;
import io.thalweg.client.lookup.Lookups;
import io.thalweg.client.lookup.Requested;
import io.thalweg.client.route.TableAccess;
import io.thalweg.format.cast.Cast;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.wire.OwnRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/**
 * Looks up rows of a primary-key table by their keys. Any thread may call; nothing blocks.
 *
 * <p>A lookup sees every write that was acknowledged before the call. The lookuper batches single
 * lookups: while nothing is under way to the key's server, it sends a key at once; otherwise keys
 * gather until the answer comes. After a temporary error, or a change of the bucket's owner, it
 * tries again until {@link LookupOptions#timeout}; then the lookup fails with UNAVAILABLE.
 *
 * <p>Futures complete on the thread of the connection's sockets: their callbacks must not block.
 */
public final class Lookuper implements AutoCloseable {
  /** Most prefixes of one request: each may find many rows. */
  private static final int MAX_PREFIXES = 100;

  private final TableAccess access;
  private final LookupOptions options;
  private final Keys keys;

  /** By number of columns: the first columns of the key. */
  private final Map<Integer, Keys> prefixes = new ConcurrentHashMap<>();

  private final AtomicInteger keysWaiting = new AtomicInteger();
  // Belongs to the loop.
  private final Lookups lookups;

  /** The columns of given keys: how to check them, and how to put them into a request. */
  private record Keys(KeyedColumns columns, Requested requested) {
    static Keys of(KeyedColumns columns, boolean prefixes, int batchKeys) {
      int most = prefixes ? Math.min(MAX_PREFIXES, batchKeys) : batchKeys;
      return new Keys(columns, new Requested(columns.columns(), columns.schema(), prefixes, most));
    }
  }

  private Lookuper(TableAccess access, Keys keys, Schema wanted, LookupOptions options) {
    this.access = access;
    this.options = options;
    this.keys = keys;
    this.lookups = new Lookups(access, wanted);
  }

  static Lookuper open(TableAccess access, LookupOptions options) {
    TableInfo table = access.table();
    Schema schema = table.schema();
    KeyedColumns keys = KeyedColumns.of(access.partitions(), schema.primaryKeyNames());
    List<Column> wanted =
        options
            .columns()
            .map(names -> names.stream().map(name -> KeyedColumns.column(table, name)).toList())
            .orElse(schema.columns());
    return new Lookuper(
        access,
        Keys.of(keys, false, options.batchKeys()),
        new Schema(schema.schemaId(), schema.highestColumnId(), wanted, List.of()),
        options);
  }

  /** The table as it was when the lookuper was opened. */
  public TableInfo table() {
    return access.table();
  }

  /**
   * Looks up one row.
   *
   * @param key the primary key's values in key order, as {@link TableWriter#append(Object...)}
   *     takes them
   * @return the row; empty if there is none. Fails with OVERLOADED if too many keys wait, and with
   *     TOO_LARGE if the key is too long
   */
  public CompletableFuture<Optional<Row>> lookup(Object... key) {
    return lookUp(keys, () -> keys.columns().checkedKey(key))
        .thenApply(rows -> rows.stream().findFirst());
  }

  /**
   * Finds all rows whose key begins with these values. Prefixes are batched like keys.
   *
   * @param first the values of the first columns of the primary key, in key order; these columns
   *     must include the bucket key's
   * @return the rows in key order. Fails with TOO_LARGE if there are more than the server returns
   *     at once (then scan with a filter), and with OVERLOADED if too many keys wait
   */
  public CompletableFuture<List<Row>> lookupPrefix(Object... first) {
    Keys given =
        first.length == keys.columns().columns().size()
            ? keys
            : prefixes.computeIfAbsent(first.length, this::prefix);
    return lookUp(given, () -> given.columns().checkedKey(first));
  }

  private Keys prefix(int count) {
    return Keys.of(KeyedColumns.ofPrefix(access.partitions(), count), true, options.batchKeys());
  }

  private CompletableFuture<List<Row>> lookUp(Keys given, Supplier<Object[]> check) {
    CompletableFuture<List<Row>> rows = new CompletableFuture<>();
    Object[] checked;
    try {
      checked = check.get();
    } catch (ThalwegException refused) {
      if (refused.code() != ErrorCode.TOO_LARGE) {
        throw refused;
      }
      // The data is wrong and not the program, as with every refusal of a server.
      return CompletableFuture.failedFuture(refused);
    }
    IntSupplier number;
    try {
      number = given.columns().numberOf(checked);
    } catch (ThalwegException unfit) {
      return CompletableFuture.failedFuture(unfit);
    }
    if (!admitted(1, rows)) {
      return rows;
    }
    long deadline = deadline();
    access
        .loop()
        .execute(() -> lookups.ask(given.requested(), checked, number, deadline, new RowsOf(rows)));
    return rows;
  }

  private long deadline() {
    return access.clock().nanoTime() + options.timeout().toNanos();
  }

  /** Reads the rows of one key out of the answer, and completes a future with them. */
  private record RowsOf(CompletableFuture<List<Row>> rows) implements KeyWaiter {
    @Override
    public void found(LookupAnswer answer, VectorSchemaRoot found, int first, int end) {
      List<Row> read = new ArrayList<>(end - first);
      for (int at = first; at < end; at++) {
        read.add(row(answer, found, at));
      }
      rows.complete(List.copyOf(read));
    }

    private static Row row(LookupAnswer answer, VectorSchemaRoot found, int at) {
      List<Column> columns = answer.schema().columns();
      Object[] values = new Object[columns.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = VectorReader.read(LookupAnswer.column(found, i), at, columns.get(i).type());
      }
      return new Row(answer.names(), values);
    }

    @Override
    public void failed(ThalwegException failure) {
      rows.completeExceptionally(failure);
    }
  }

  /** Completes a future with the rows of a batch of keys. */
  private record ResultOf(CompletableFuture<LookupResult> result) implements BatchWaiter {
    @Override
    public boolean isDone() {
      return result.isDone();
    }

    @Override
    public boolean found(VectorSchemaRoot rows) {
      return result.complete(new LookupResult(rows));
    }

    @Override
    public void failed(ThalwegException failure) {
      result.completeExceptionally(failure);
    }
  }

  /**
   * Looks up the rows of many keys.
   *
   * @param given the primary key's columns, matched by name and cast as {@link
   *     TableWriter#append(VectorSchemaRoot)} does, without nulls; copied, so the caller may reuse
   *     it at once
   * @return the rows found; the caller closes them. Fails with OVERLOADED if too many keys wait
   */
  public CompletableFuture<LookupResult> lookup(VectorSchemaRoot given) {
    KeyedColumns columns = keys.columns();
    Cast cast = Cast.of(given.getSchema(), columns.columns(), Cast.Missing.REFUSED);
    int count = given.getRowCount();
    if (count == 0) {
      return CompletableFuture.completedFuture(new LookupResult(lookups.empty()));
    }
    CompletableFuture<LookupResult> result = new CompletableFuture<>();
    Supplier<int[]> buckets;
    VectorSchemaRoot copy = VectorSchemaRoot.create(columns.schema(), access.allocator());
    try (CastRows ordered = cast.apply(given, access.allocator())) {
      columns.checkKeys(ordered.root().getFieldVectors(), count);
      buckets = columns.numbers(ordered.root().getFieldVectors(), count);
      if (!admitted(count, result)) {
        copy.close();
        return result;
      }
      try (ArrowRecordBatch batch = OwnRows.copied(ordered.root(), access.allocator())) {
        new VectorLoader(copy).load(batch);
      } catch (RuntimeException | Error failure) {
        result.completeExceptionally(failure);
        throw failure;
      }
    } catch (RuntimeException | Error failure) {
      copy.close();
      throw failure;
    }
    long deadline = deadline();
    access
        .loop()
        .execute(
            () -> lookups.ask(keys.requested(), copy, buckets, deadline, new ResultOf(result)));
    return result;
  }

  private boolean admitted(int count, CompletableFuture<?> answered) {
    int waiting = keysWaiting.addAndGet(count);
    if (waiting > options.maxWaiting()) {
      keysWaiting.addAndGet(-count);
      answered.completeExceptionally(
          new ThalwegException(
              ErrorCode.OVERLOADED,
              (waiting - count)
                  + " keys wait for their rows, the limit is "
                  + options.maxWaiting()
                  + "; wait for some before asking for "
                  + count
                  + " more"));
      return false;
    }
    var unused = answered.whenComplete((row, failure) -> keysWaiting.addAndGet(-count));
    return true;
  }

  /** Fails waiting lookups with CLOSING, and releases the memory. */
  @Override
  public void close() {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    access
        .loop()
        .execute(
            () -> {
              lookups.close();
              ended.complete(null);
            });
    ended.join();
  }
}
