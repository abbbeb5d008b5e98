package io.thalweg.client;

import io.thalweg.format.cast.Cast;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.LookupCommand;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/**
 * Looks rows of a table with a primary key up by their keys. Any thread may call; nothing blocks.
 *
 * <p>A lookup sees every write that was acknowledged before it was asked. Single lookups are
 * batched by themselves: when nothing is under way to the key's server a key is sent at once, else
 * keys gather until the answer comes. Errors that may pass, and a change of the bucket's owner, are
 * retried until {@link LookupOptions#timeout}; the lookup then fails with UNAVAILABLE.
 *
 * <p>Futures complete on the thread of the connection's sockets: what hangs on them must not block.
 */
public final class Lookuper implements AutoCloseable {
  /** Most prefixes of one request: each may find many rows. */
  private static final int MAX_PREFIXES = 100;

  private final Routing routing;
  private final EventLoop loop;
  private final Clock clock;
  private final BufferAllocator allocator;
  private final TableInfo table;
  private final LookupOptions options;
  private final KeyedColumns keys;

  /** By number of columns, those that begin the key. */
  private final Map<Integer, KeyedColumns> prefixes = new ConcurrentHashMap<>();

  private final LookupCommand command;
  private final LookupAnswer answer;
  private final AtomicInteger keysWaiting = new AtomicInteger();
  // The rest belongs to the loop.
  private final Map<Way, LookupLane> lanes = new LinkedHashMap<>();
  private boolean closed;

  /** Where to, and how many of the key's columns are given. */
  private record Way(ServerLink server, int columns) {}

  private Lookuper(
      Routing routing,
      EventLoop loop,
      Clock clock,
      BufferAllocator allocator,
      TableInfo table,
      KeyedColumns keys,
      Schema wanted,
      LookupOptions options) {
    this.routing = routing;
    this.loop = loop;
    this.clock = clock;
    this.allocator = allocator;
    this.table = table;
    this.options = options;
    this.keys = keys;
    this.command =
        new LookupCommand(
            table.path(),
            OptionalLong.of(table.tableId()),
            Optional.of(wanted.columns().stream().map(Column::name).toList()));
    this.answer = new LookupAnswer(wanted, allocator);
  }

  static Lookuper open(
      Routing routing,
      EventLoop loop,
      Clock clock,
      BufferAllocator allocator,
      TableInfo table,
      LookupOptions options) {
    KeyedColumns keys = KeyedColumns.of(table, table.schema().primaryKeyNames(), allocator);
    Schema schema = table.schema();
    List<Column> wanted =
        options
            .columns()
            .map(names -> names.stream().map(name -> KeyedColumns.column(table, name)).toList())
            .orElse(schema.columns());
    return new Lookuper(
        routing,
        loop,
        clock,
        allocator,
        table,
        keys,
        new Schema(schema.schemaId(), schema.highestColumnId(), wanted, List.of()),
        options);
  }

  /** The table as it was when the lookuper was opened. */
  public TableInfo table() {
    return table;
  }

  /**
   * Looks one row up.
   *
   * @param key the primary key's values in key order, as {@link TableWriter#append(Object...)}
   *     takes them
   * @return the row; empty if there is none. Fails with OVERLOADED when too many keys wait, with
   *     TOO_LARGE for a key that is too long
   */
  public CompletableFuture<Optional<Row>> lookup(Object... key) {
    return lookUp(keys, () -> keys.checkKey(new ValueCheck(), key))
        .thenApply(rows -> rows.stream().findFirst());
  }

  /**
   * Finds all rows whose key begins with these values. Prefixes are batched as keys are.
   *
   * @param first the values of the first columns of the primary key, in key order; the bucket key's
   *     columns must be among them
   * @return the rows in key order. Fails with TOO_LARGE when they are more than the server gives at
   *     once: scan with a filter; with OVERLOADED when too many keys wait
   */
  public CompletableFuture<List<Row>> lookupPrefix(Object... first) {
    KeyedColumns given =
        first.length == keys.columns().size()
            ? keys
            : prefixes.computeIfAbsent(
                first.length, count -> KeyedColumns.ofPrefix(table, count, allocator));
    return lookUp(given, () -> given.checkRow(new ValueCheck(), first));
  }

  private CompletableFuture<List<Row>> lookUp(KeyedColumns given, Supplier<Object[]> check) {
    CompletableFuture<List<Row>> rows = new CompletableFuture<>();
    Object[] checked;
    try {
      checked = check.get();
    } catch (ThalwegException refused) {
      if (refused.code() != ErrorCode.TOO_LARGE) {
        throw refused;
      }
      // It depends on data and not on the program, as what servers refuse.
      return CompletableFuture.failedFuture(refused);
    }
    if (!admitted(1, rows)) {
      return rows;
    }
    long deadline = clock.nanoTime() + options.timeout().toNanos();
    loop.execute(
        () -> {
          if (closed) {
            rows.completeExceptionally(closedError());
            return;
          }
          int bucket = given.bucket(checked);
          LookupLane lane = lane(routing.server(bucket), given);
          lane.add(new LookupItem.Single(checked, bucket, deadline, rows));
          lane.pump();
        });
    return rows;
  }

  /**
   * Looks the rows of many keys up.
   *
   * @param given the primary key's columns, matched by name and cast as {@link
   *     TableWriter#append(VectorSchemaRoot)} does, without nulls; copied, so the caller may reuse
   *     it at once
   * @return the rows found; the caller closes them. Fails with OVERLOADED when too many keys wait
   */
  public CompletableFuture<LookupResult> lookup(VectorSchemaRoot given) {
    Cast cast = Cast.of(given.getSchema(), keys.columns(), Cast.Missing.REFUSED);
    int count = given.getRowCount();
    if (count == 0) {
      return CompletableFuture.completedFuture(new LookupResult(answer.empty()));
    }
    CompletableFuture<LookupResult> result = new CompletableFuture<>();
    VectorSchemaRoot copy = VectorSchemaRoot.create(keys.schema(), allocator);
    try (CastRows ordered = cast.apply(given, allocator)) {
      keys.checkKeys(ordered.root().getFieldVectors(), count);
      if (!admitted(count, result)) {
        copy.close();
        return result;
      }
      try (ArrowRecordBatch batch = SealedBatch.copy(ordered.root(), allocator)) {
        new VectorLoader(copy).load(batch);
      } catch (RuntimeException | Error failure) {
        result.completeExceptionally(failure);
        throw failure;
      }
    } catch (RuntimeException | Error failure) {
      copy.close();
      throw failure;
    }
    long deadline = clock.nanoTime() + options.timeout().toNanos();
    loop.execute(
        () -> {
          LookupBatch batch =
              new LookupBatch(
                  copy, keys.buckets(copy.getFieldVectors(), count), deadline, allocator, result);
          if (closed) {
            batch.fail(closedError());
          } else {
            spread(batch, batch.all()).forEach(LookupLane::pump);
          }
        });
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

  private static ThalwegException closedError() {
    return new ThalwegException(ErrorCode.CLOSING, "the lookuper is closed");
  }

  private LookupLane lane(ServerLink server, KeyedColumns given) {
    boolean prefix = given != keys;
    return lanes.computeIfAbsent(
        new Way(server, given.columns().size()),
        to ->
            new LookupLane(
                server,
                loop,
                clock,
                allocator,
                given,
                prefix,
                command,
                answer,
                prefix ? Math.min(MAX_PREFIXES, options.batchKeys()) : options.batchKeys(),
                this::failed));
  }

  /** Gives keys of a batch to their servers' lanes. */
  private Set<LookupLane> spread(LookupBatch batch, int[] of) {
    Set<LookupLane> got = new LinkedHashSet<>();
    batch
        .split(of, options.batchKeys(), routing::server)
        .forEach(
            (server, parts) -> {
              LookupLane lane = lane(server, keys);
              parts.forEach(lane::add);
              got.add(lane);
            });
    return got;
  }

  private void failed(LookupLane lane, boolean mayHaveMoved) {
    lane.backOff(
        () -> {
          if (mayHaveMoved && !closed) {
            routing.refresh(() -> askAgain(lane));
          } else {
            askAgain(lane);
          }
        });
  }

  /** Gives everything that waits in a lane to the lanes of the buckets' owners. */
  private void askAgain(LookupLane lane) {
    if (closed) {
      return;
    }
    Set<LookupLane> got = new LinkedHashSet<>();
    for (LookupItem item : lane.takeAll()) {
      if (item instanceof LookupItem.Part part) {
        if (!part.batch.isDone()) {
          got.addAll(spread(part.batch, part.keys));
        }
      } else {
        LookupItem.Single single = (LookupItem.Single) item;
        LookupLane owner = lane(routing.server(single.bucket), given(single));
        owner.add(item);
        got.add(owner);
      }
    }
    lane.resume();
    got.forEach(LookupLane::pump);
  }

  private KeyedColumns given(LookupItem.Single single) {
    int count = single.key.length;
    return count == keys.columns().size() ? keys : prefixes.get(count);
  }

  /** Fails what waits with CLOSING, and gives the memory back. */
  @Override
  public void close() {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    loop.execute(
        () -> {
          if (!closed) {
            closed = true;
            lanes.values().forEach(lane -> lane.breakOff(closedError()));
            keys.close();
            prefixes.values().forEach(KeyedColumns::close);
          }
          ended.complete(null);
        });
    ended.join();
  }
}
