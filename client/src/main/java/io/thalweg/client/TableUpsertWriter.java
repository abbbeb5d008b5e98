package io.thalweg.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Writes rows of a table with a primary key by their keys. Any thread may call.
 *
 * <p>Rows gather into one batch per bucket, upserts and deletes together, and are sent to the
 * bucket's owner as {@link TableWriter} describes: several batches ahead, within bounded memory,
 * each stored exactly once though it may have to be sent again, to another server if the bucket's
 * owner changes. What one thread writes to one key happens in that order; batches of different
 * buckets are stored independently of each other.
 *
 * <p>Futures complete on the client's loop: what hangs on them must not block and must not write.
 * An acknowledgement's offsets are those of the changes in the bucket's changelog; its counts are
 * rows written.
 */
public final class TableUpsertWriter implements AutoCloseable {
  private static final long DELETE = ChangeType.DELETE.number();
  private static final long UPSERT = ChangeType.UPDATE_AFTER.number();

  private final TableInfo table;
  private final BufferAllocator allocator;
  private final KeyedColumns columns;
  private final Schema plain;
  private final Schema withChanges;
  private final Accumulator accumulator;
  // Once there was a delete the column stays: a change of schema costs a stream.
  private volatile boolean deletes;

  private TableUpsertWriter(
      Routing routing,
      EventLoop loop,
      Clock clock,
      BufferAllocator allocator,
      TableInfo table,
      KeyedColumns columns,
      Optional<WriterId> writer,
      WriterOptions options) {
    this.table = table;
    this.allocator = allocator;
    this.columns = columns;
    this.plain = columns.schema();
    List<Column> written = new ArrayList<>(columns.columns());
    written.add(SystemColumns.CHANGE_TYPE);
    List<Field> fields = new ArrayList<>(plain.getFields());
    fields.add(
        ArrowTypes.toArrow(SystemColumns.CHANGE_TYPE.name(), SystemColumns.CHANGE_TYPE.type()));
    this.withChanges = new Schema(fields);
    Budget budget = new Budget(clock, options.bufferBytes());
    Delivery delivery =
        new Delivery(
            routing, loop, clock, allocator, table.path(), writer, options.timeout(), budget);
    this.accumulator =
        new Accumulator(
            loop, allocator, options, written, withChanges, this::sent, budget, delivery);
  }

  static TableUpsertWriter open(
      Routing routing,
      Admin admin,
      EventLoop loop,
      Clock clock,
      BufferAllocator allocator,
      TableInfo table,
      UpsertOptions options) {
    List<String> all = table.schema().columns().stream().map(Column::name).toList();
    List<String> names = options.columns().orElse(all);
    for (Column column : table.schema().columns()) {
      if (!column.type().nullable()
          && !names.contains(column.name())
          && !table.schema().primaryKeyNames().contains(column.name())) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE,
            "column '"
                + column.name()
                + "' is NOT NULL and not among the columns "
                + names
                + ": a new row would have no value for it");
      }
    }
    KeyedColumns columns = KeyedColumns.of(table, names, allocator);
    Optional<WriterId> writer =
        options.writer().idempotent() ? Optional.of(admin.openWriter()) : Optional.empty();
    return new TableUpsertWriter(
        routing, loop, clock, allocator, table, columns, writer, options.writer());
  }

  /** The table as it was when the writer was opened. */
  public TableInfo table() {
    return table;
  }

  /**
   * Writes one row: it comes into being, or replaces the one that has its key.
   *
   * @param values of the writer's columns in order, as {@link TableWriter#append(Object...)} takes
   *     them
   * @return completes when the row's batch is stored; rows of a batch share it
   */
  public CompletableFuture<AppendAck> upsert(Object... values) {
    ValueCheck check = new ValueCheck();
    return add(columns.checkRow(check, values), UPSERT, check.bytes());
  }

  /**
   * Deletes the row that has a key; nothing happens if there is none.
   *
   * @param key the primary key's values in key order
   * @return as {@link #upsert(Object...)}
   */
  public CompletableFuture<AppendAck> delete(Object... key) {
    ValueCheck check = new ValueCheck();
    Object[] row = columns.checkKey(check, key);
    deletes = true;
    return add(row, DELETE, check.bytes());
  }

  private CompletableFuture<AppendAck> add(Object[] values, long change, long valueBytes) {
    Object[] row = Arrays.copyOf(values, values.length + 1);
    row[values.length] = change;
    long bytes = valueBytes + 1;
    accumulator.reserve(bytes);
    return accumulator.add(columns::bucket, row, bytes);
  }

  private Schema sent() {
    return deletes ? withChanges : plain;
  }

  /**
   * Writes rows, after those written before. They are copied: the caller may reuse {@code rows} at
   * once. Columns are matched by name; values are checked by the server.
   *
   * @param rows the writer's columns; with a last column {@code __change_type}, INT8, it says what
   *     each does, as {@link ChangeType} numbers it: 0 or 2 writes, 3 deletes, 1 does nothing
   * @return completes when the batches of all buckets are stored, with one part each; fails if one
   *     of them does, though others may be stored
   */
  public CompletableFuture<AppendAck> upsert(VectorSchemaRoot rows) {
    if (rows.getVector(SystemColumns.CHANGE_TYPE.name()) != null) {
      deletes = true;
      return send(TableWriter.inOrder(rows, withChanges), withChanges);
    }
    VectorSchemaRoot ordered = TableWriter.inOrder(rows, plain);
    if (!deletes) {
      return send(ordered, plain);
    }
    try (TinyIntVector changes = new TinyIntVector(SystemColumns.CHANGE_TYPE.name(), allocator)) {
      changes.allocateNew(rows.getRowCount());
      for (int i = 0; i < rows.getRowCount(); i++) {
        changes.set(i, (byte) UPSERT);
      }
      changes.setValueCount(rows.getRowCount());
      List<FieldVector> vectors = new ArrayList<>(ordered.getFieldVectors());
      vectors.add(changes);
      return send(
          new VectorSchemaRoot(withChanges.getFields(), vectors, rows.getRowCount()), withChanges);
    }
  }

  private CompletableFuture<AppendAck> send(VectorSchemaRoot rows, Schema schema) {
    int count = rows.getRowCount();
    if (count == 0) {
      return CompletableFuture.completedFuture(new AppendAck(List.of()));
    }
    columns.checkKeys(rows.getFieldVectors());
    long bytes = TableWriter.bytes(rows);
    accumulator.reserve(bytes);
    Map<Integer, ArrowRecordBatch> parts;
    try {
      parts = split(rows);
    } catch (RuntimeException | Error failure) {
      accumulator.giveBack(bytes);
      throw failure;
    }
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    long left = bytes;
    int partsLeft = parts.size();
    for (Map.Entry<Integer, ArrowRecordBatch> part : parts.entrySet()) {
      long share = --partsLeft == 0 ? left : bytes * part.getValue().getLength() / count;
      left -= share;
      acks.add(added(part.getKey(), part.getValue(), schema, share));
    }
    return all(acks);
  }

  /** Adds one part; a writer that was closed meanwhile refuses it and gives its memory back. */
  private CompletableFuture<AppendAck> added(
      int bucket, ArrowRecordBatch rows, Schema schema, long bytes) {
    try {
      return accumulator.addBatch(() -> bucket, rows, schema, bytes);
    } catch (ThalwegException closed) {
      return CompletableFuture.failedFuture(closed);
    }
  }

  /** Copies of the rows of each bucket. */
  private Map<Integer, ArrowRecordBatch> split(VectorSchemaRoot rows) {
    int count = rows.getRowCount();
    Map<Integer, ArrowRecordBatch> parts = new TreeMap<>();
    int[] buckets = columns.buckets(rows.getFieldVectors(), count);
    Map<Integer, List<Integer>> byBucket = new TreeMap<>();
    for (int row = 0; row < count; row++) {
      byBucket.computeIfAbsent(buckets[row], none -> new ArrayList<>()).add(row);
    }
    try {
      for (Map.Entry<Integer, List<Integer>> chosen : byBucket.entrySet()) {
        if (byBucket.size() == 1) {
          parts.put(chosen.getKey(), SealedBatch.copy(rows, allocator));
        } else {
          int[] taken = chosen.getValue().stream().mapToInt(row -> row).toArray();
          try (VectorSchemaRoot part = Selection.of(count, taken).take(rows, allocator)) {
            parts.put(chosen.getKey(), SealedBatch.copy(part, allocator));
          }
        }
      }
      return parts;
    } catch (RuntimeException | Error failure) {
      parts.values().forEach(ArrowRecordBatch::close);
      throw failure;
    }
  }

  private static CompletableFuture<AppendAck> all(List<CompletableFuture<AppendAck>> acks) {
    return acks.size() == 1
        ? acks.get(0)
        : CompletableFuture.allOf(acks.toArray(CompletableFuture[]::new))
            .thenApply(
                done ->
                    new AppendAck(
                        acks.stream().flatMap(ack -> ack.join().parts().stream()).toList()));
  }

  /** Sends what gathers; completes when everything written before this call is settled. */
  public CompletableFuture<Void> flush() {
    return accumulator.flush();
  }

  /** Flushes, waits until everything is settled, and gives the memory back. */
  @Override
  public void close() {
    if (accumulator.close()) {
      columns.close();
    }
  }
}
