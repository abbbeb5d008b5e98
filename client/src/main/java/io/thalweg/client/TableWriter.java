package io.thalweg.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Appends to a table. Any thread may call.
 *
 * <p>Rows gather into batches, which are sent when they are large enough or have waited for the
 * linger; several are under way at a time. Memory is bounded: an append that finds {@link
 * WriterOptions#bufferBytes} unacknowledged waits, at most {@link WriterOptions#blockTimeout}, and
 * then fails with OVERLOADED.
 *
 * <p>By default each batch is stored once: after a lost connection, an unknown outcome or an error
 * that may pass, everything unacknowledged is sent again in order with the same sequences. Batches
 * go to the bucket that the caller names, or to one bucket after the other. <b>Tables with a bucket
 * key</b> and more than one bucket leave the choice to the server, row by row, and there storing
 * once is not offered yet: what a lost connection left unacknowledged fails with UNKNOWN_OUTCOME
 * and is not sent again.
 *
 * <p>Futures complete on the client's loop: what hangs on them must not block and must not append.
 */
public final class TableWriter implements AutoCloseable {
  private static final int SERVERS_CHOICE = -1;

  private final TableInfo table;
  private final WriterOptions options;
  private final EventLoop loop;
  private final BufferAllocator allocator;
  private final Budget budget;
  private final Delivery delivery;
  private final boolean serverChooses;
  // Guarded by this object's monitor, as is the order in which batches are handed over.
  private final Map<Integer, OpenBatch> open = new TreeMap<>();
  private int sticky;
  private boolean closed;

  private TableWriter(
      FlightClient flight,
      EventLoop loop,
      Clock clock,
      BufferAllocator parent,
      TableInfo table,
      Optional<WriterId> writer,
      WriterOptions options) {
    this.table = table;
    this.options = options;
    this.loop = loop;
    this.serverChooses = serverChooses(table);
    this.allocator = parent;
    this.budget = new Budget(clock, options.bufferBytes());
    this.delivery =
        new Delivery(flight, loop, clock, allocator, table, writer, options.timeout(), budget);
  }

  static TableWriter open(
      FlightClient flight,
      Admin admin,
      EventLoop loop,
      Clock clock,
      BufferAllocator allocator,
      TablePath path,
      WriterOptions options) {
    TableInfo table = admin.table(path);
    Optional<WriterId> writer =
        options.idempotent() && !serverChooses(table)
            ? Optional.of(admin.openWriter())
            : Optional.empty();
    return new TableWriter(flight, loop, clock, allocator, table, writer, options);
  }

  private static boolean serverChooses(TableInfo table) {
    return !table.descriptor().bucketKey().isEmpty() && table.bucketCount() > 1;
  }

  /** The table as it was when the writer was opened. */
  public TableInfo table() {
    return table;
  }

  /**
   * Appends one row.
   *
   * @param values the table's columns in order: {@code Boolean}, {@code Byte} to {@code Long},
   *     {@code Float}, {@code Double}, {@code BigDecimal}, {@code String}, {@code byte[]}, {@code
   *     LocalDate}, {@code LocalTime}, {@code LocalDateTime} (TIMESTAMP), {@code Instant}
   *     (TIMESTAMP_LTZ), {@code List}, {@code Map}, {@link Row} or {@code List} (ROW); times finer
   *     than the column are cut
   * @return completes when the row's batch is stored; rows of a batch share it
   */
  public CompletableFuture<AppendAck> append(Object... values) {
    return appendRow(OptionalInt.empty(), values);
  }

  /** Appends one row to a bucket. */
  public CompletableFuture<AppendAck> appendTo(int bucket, Object... values) {
    return appendRow(OptionalInt.of(checked(bucket)), values);
  }

  private CompletableFuture<AppendAck> appendRow(OptionalInt bucket, Object[] values) {
    Schema schema = table.schema();
    List<Column> columns = schema.columns();
    if (values.length != columns.size()) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "the row has "
              + values.length
              + " values, the table "
              + columns.size()
              + " columns: "
              + columns.stream().map(Column::name).toList());
    }
    ValueCheck check = new ValueCheck();
    Object[] row = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      row[i] = check.check(columns.get(i).name(), columns.get(i).type(), values[i]);
    }
    take(check.bytes());
    synchronized (this) {
      if (closed) {
        budget.giveBack(check.bytes());
        throw closedError();
      }
      int target = bucket.orElse(serverChooses ? SERVERS_CHOICE : sticky);
      OpenBatch batch = open.get(target);
      if (batch == null) {
        OpenBatch opened = new OpenBatch(schema, allocator);
        batch = opened;
        open.put(target, opened);
        var unused = loop.schedule(options.linger().toNanos(), () -> sealIfOpen(target, opened));
      }
      batch.add(row, check.bytes());
      if (batch.bytes() >= options.batchBytes()) {
        seal(target);
      }
      return batch.ack();
    }
  }

  /**
   * Appends rows as one batch, after the rows appended before. They are copied: the caller may
   * reuse {@code rows} at once. Columns are matched by name, and checked by the server.
   */
  public CompletableFuture<AppendAck> append(VectorSchemaRoot rows) {
    return appendRoot(OptionalInt.empty(), rows);
  }

  /** Appends rows as one batch to a bucket. */
  public CompletableFuture<AppendAck> appendTo(int bucket, VectorSchemaRoot rows) {
    return appendRoot(OptionalInt.of(checked(bucket)), rows);
  }

  private CompletableFuture<AppendAck> appendRoot(OptionalInt bucket, VectorSchemaRoot rows) {
    if (rows.getRowCount() == 0) {
      return CompletableFuture.completedFuture(new AppendAck(List.of()));
    }
    VectorSchemaRoot ordered = inOrder(rows);
    long bytes =
        ordered.getFieldVectors().stream().mapToLong(vector -> vector.getBufferSize()).sum();
    take(bytes);
    synchronized (this) {
      if (closed) {
        budget.giveBack(bytes);
        throw closedError();
      }
      int target = bucket.orElse(serverChooses ? SERVERS_CHOICE : sticky);
      seal(target);
      CompletableFuture<AppendAck> ack = new CompletableFuture<>();
      hand(new SealedBatch(SealedBatch.copy(ordered, allocator), bytes, named(target), ack));
      return ack;
    }
  }

  /** The same vectors in the table's order; grouped, not owned. */
  private VectorSchemaRoot inOrder(VectorSchemaRoot rows) {
    List<Field> wanted = table.schema().toArrow().getFields();
    List<FieldVector> vectors =
        wanted.stream()
            .map(
                field -> {
                  FieldVector vector = rows.getVector(field.getName());
                  if (vector == null
                      || !vector.getField().getType().equals(field.getType())
                      || rows.getFieldVectors().size() != wanted.size()) {
                    throw new ThalwegException(
                        ErrorCode.SCHEMA_MISMATCH,
                        "the batch's columns are "
                            + rows.getSchema()
                            + ", the table's "
                            + table.schema().toArrow());
                  }
                  return vector;
                })
            .toList();
    return new VectorSchemaRoot(wanted, vectors, rows.getRowCount());
  }

  private int checked(int bucket) {
    if (bucket < 0 || bucket >= table.bucketCount()) {
      throw new ThalwegException(
          ErrorCode.BUCKET_NOT_FOUND,
          "table " + table.path() + " has " + table.bucketCount() + " buckets, not " + bucket);
    }
    return bucket;
  }

  private void take(long bytes) {
    if (loop.inLoop()) {
      throw new IllegalStateException("appended from a completion; use another thread");
    }
    ThalwegException broken = delivery.broken();
    if (broken != null) {
      throw broken;
    }
    budget.take(bytes, options.blockTimeout().toNanos());
  }

  private static ThalwegException closedError() {
    return new ThalwegException(ErrorCode.CLOSING, "the writer is closed");
  }

  private synchronized void sealIfOpen(int target, OpenBatch batch) {
    if (open.get(target) == batch) {
      seal(target);
    }
  }

  /** Hands the open batch of a bucket over. Under the monitor. */
  private void seal(int target) {
    OpenBatch batch = open.remove(target);
    if (batch != null) {
      hand(batch.seal(named(target)));
    }
  }

  private void hand(SealedBatch batch) {
    sticky = (sticky + 1) % table.bucketCount();
    loop.execute(() -> delivery.add(batch));
  }

  private static OptionalInt named(int target) {
    return target == SERVERS_CHOICE ? OptionalInt.empty() : OptionalInt.of(target);
  }

  /** Sends what gathers; completes when everything appended before this call is settled. */
  public CompletableFuture<Void> flush() {
    CompletableFuture<Void> settled = new CompletableFuture<>();
    synchronized (this) {
      List.copyOf(open.keySet()).forEach(this::seal);
      loop.execute(() -> delivery.whenSettled(settled));
    }
    return settled;
  }

  /** Flushes, waits until everything is settled, and gives the memory back. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    budget.close();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    var unused =
        flush()
            .whenComplete(
                (nothing, failure) -> {
                  try {
                    delivery.close();
                    ended.complete(null);
                  } catch (RuntimeException | Error broken) {
                    ended.completeExceptionally(broken);
                  }
                });
    try {
      ended.join();
    } catch (CompletionException failure) {
      throw ClientErrors.of(failure);
    }
  }
}
