package io.thalweg.client;

import io.thalweg.client.route.ServerActions;
import io.thalweg.client.route.TableAccess;
import io.thalweg.client.route.TablePartitions;
import io.thalweg.client.write.Accumulator;
import io.thalweg.client.write.CheckedRow;
import io.thalweg.client.write.PartitionColumns;
import io.thalweg.client.write.RowGroups;
import io.thalweg.client.write.RowRange;
import io.thalweg.format.cast.Cast;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.ArrowTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Writes rows of a table with a primary key by their keys. Any thread may call.
 *
 * <p>Rows gather into one batch per bucket, upserts and deletes together. The writer sends batches
 * to the bucket's owner as {@link TableWriter} describes: several at a time, within bounded memory.
 * Each batch is stored exactly once, even if the writer has to send it again, or to another server
 * because the owner changed. The writes of one thread to one key keep their order; batches of
 * different buckets are stored independently of each other.
 *
 * <p>Futures complete on the client's loop: their callbacks must not block and must not write. An
 * acknowledgement's offsets are those of the changes in the bucket's changelog; its counts are rows
 * written.
 */
public final class TableUpsertWriter implements AutoCloseable {
  private static final long DELETE = ChangeType.DELETE.number();
  private static final long UPSERT = ChangeType.UPDATE_AFTER.number();

  private final TableInfo table;
  private final BufferAllocator allocator;
  private final TablePartitions partitions;
  private final KeyedColumns columns;
  private final Schema plain;
  private final Schema withChanges;
  private final Accumulator accumulator;
  private final int changeColumn;
  private final RowCheck.Pool checks;
  private final PartitionColumns partitioned;
  private final ToIntFunction<CheckedRow> bucket;
  private final Function<CheckedRow, CompletableFuture<AppendAck>> upsert;
  // Stays true after the first delete, because each change of schema needs a new stream.
  private volatile boolean deletes;

  private TableUpsertWriter(
      TableAccess access, KeyedColumns columns, Optional<WriterId> writer, WriterOptions options) {
    this.table = access.table();
    this.allocator = access.allocator();
    this.partitions = access.partitions();
    this.columns = columns;
    this.plain = columns.schema();
    List<Column> written = new ArrayList<>(columns.columns());
    written.add(SystemColumns.CHANGE_TYPE);
    List<Field> fields = new ArrayList<>(plain.getFields());
    fields.add(
        ArrowTypes.toArrow(SystemColumns.CHANGE_TYPE.name(), SystemColumns.CHANGE_TYPE.type()));
    this.withChanges = new Schema(fields);
    this.changeColumn = columns.columns().size();
    this.checks = new RowCheck.Pool(columns.columns(), 1);
    this.partitioned = columns.partitioned();
    this.bucket = columns::bucket;
    this.upsert = this::upserted;
    this.accumulator = new Accumulator(access, writer, options, written, false, this::sent);
  }

  /** Opens a writer of some columns. If it stores each batch once, it gets an id of its own. */
  static TableUpsertWriter open(TableAccess access, ServerActions actions, UpsertOptions options) {
    TableInfo table = access.table();
    List<String> all = table.schema().columns().stream().map(Column::name).toList();
    List<String> names = options.columns().orElse(all);
    for (Column column : table.schema().columns()) {
      if (!column.type().nullable()
          && column.defaults().write().isEmpty()
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
    KeyedColumns columns = KeyedColumns.of(access.partitions(), names);
    Optional<WriterId> writer =
        options.writer().idempotent() ? Optional.of(actions.openWriter()) : Optional.empty();
    return new TableUpsertWriter(access, columns, writer, options.writer());
  }

  /** The table as it was when the writer was opened. */
  public TableInfo table() {
    return table;
  }

  /**
   * Writes one row: inserts it, or replaces the row that has its key.
   *
   * @param values of the writer's columns in order, as {@link TableWriter#append(Object...)} takes
   *     them
   * @return completes when the row's batch is stored; rows of a batch share it
   */
  public CompletableFuture<AppendAck> upsert(Object... values) {
    return checks.with(check -> check.all(values), upsert);
  }

  /**
   * Deletes the row that has a key; nothing happens if there is none.
   *
   * @param key the primary key's values in key order
   * @return as {@link #upsert(Object...)}
   */
  public CompletableFuture<AppendAck> delete(Object... key) {
    return checks.with(check -> columns.checkKey(check, key), this::deleted);
  }

  /** A builder of rows that are upserted one by one; see {@link RowBuilder}. */
  public RowBuilder row() {
    return new RowBuilder(checks.own(), upsert);
  }

  private CompletableFuture<AppendAck> upserted(CheckedRow row) {
    columns.checkLength(row);
    return add(row, UPSERT, partitioned.arePresent() ? partitioned.make(row) : 0);
  }

  private CompletableFuture<AppendAck> deleted(CheckedRow row) {
    columns.checkLength(row);
    int partition = partitioned.arePresent() ? partitioned.ask(row) : 0;
    if (partition == RowPartitions.MISSING) {
      return CompletableFuture.completedFuture(new AppendAck(List.of()));
    }
    deletes = true;
    return add(row, DELETE, partition);
  }

  private CompletableFuture<AppendAck> add(CheckedRow row, long change, int partition) {
    row.setNumber(changeColumn, change);
    accumulator.reserve(row.bytes());
    return accumulator.add(
        partition == 0 ? bucket : each -> partitions.number(partition, columns.bucket(each)), row);
  }

  private Schema sent() {
    return deletes ? withChanges : plain;
  }

  /**
   * Writes rows, after those written before. They are copied: the caller may reuse {@code rows} at
   * once. The writer matches columns and fields by name and casts them to the table's types without
   * loss ({@link io.thalweg.format.cast}); if a row does not fit, it sends nothing.
   *
   * @param rows all of the writer's columns. An optional column {@code __change_type}, INT8, says
   *     what each row does, as {@link ChangeType} numbers it: 0 or 2 writes, 3 deletes, 1 does
   *     nothing
   * @return completes when the batches of all buckets are stored, with one part each; fails if one
   *     of them fails, though others may be stored
   */
  public CompletableFuture<AppendAck> upsert(VectorSchemaRoot rows) {
    boolean says = rows.getVector(SystemColumns.CHANGE_TYPE.name()) != null;
    List<Column> wanted = new ArrayList<>(columns.columns());
    if (says) {
      wanted.add(SystemColumns.CHANGE_TYPE);
    }
    try (CastRows cast =
        Cast.of(rows.getSchema(), wanted, Cast.Missing.REFUSED).apply(rows, allocator)) {
      if (says) {
        deletes = true;
        return send(cast.root(), withChanges);
      }
      return deletes ? sendUpserts(cast.root()) : send(cast.root(), plain);
    }
  }

  private CompletableFuture<AppendAck> sendUpserts(VectorSchemaRoot rows) {
    try (TinyIntVector changes = new TinyIntVector(SystemColumns.CHANGE_TYPE.name(), allocator)) {
      changes.allocateNew(rows.getRowCount());
      for (int i = 0; i < rows.getRowCount(); i++) {
        changes.set(i, (byte) UPSERT);
      }
      changes.setValueCount(rows.getRowCount());
      List<FieldVector> vectors = new ArrayList<>(rows.getFieldVectors());
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
    columns.checkKeys(rows.getFieldVectors(), count);
    int[] buckets = columns.buckets(rows.getFieldVectors(), count);
    if (partitioned.arePresent()) {
      RowPartitions found = partitioned.of(rows.getFieldVectors(), count);
      buckets = partitions.numbers(found.numbers(partitioned.make(written(found, rows))), buckets);
    }
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    RowGroups.each(
        buckets,
        rows,
        allocator,
        (number, part) -> {
          acks.addAll(parts(number, part, schema));
          return true;
        });
    return RowRange.all(acks);
  }

  /** The partitions into which a row is written: a delete needs none. */
  private List<List<String>> written(RowPartitions found, VectorSchemaRoot rows) {
    if (rows.getFieldVectors().size() <= changeColumn) {
      return found.values();
    }
    TinyIntVector changes = (TinyIntVector) rows.getVector(changeColumn);
    // An unknown number is refused by the server, with the rows.
    return found.among(row -> changes.isNull(row) || changes.get(row) != DELETE);
  }

  /** Sends the rows of one bucket, in several batches if they have many bytes. */
  private List<CompletableFuture<AppendAck>> parts(
      int bucket, VectorSchemaRoot rows, Schema schema) {
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    for (RowRange range : RowRange.split(rows, accumulator.batchLimit())) {
      try {
        acks.add(
            accumulator.addBatch(
                () -> bucket, () -> range.copy(rows, allocator), schema, range.bytes()));
      } catch (ThalwegException refused) {
        // Earlier parts may be stored: one acknowledgement tells the caller of all parts.
        acks.add(CompletableFuture.failedFuture(refused));
        return acks;
      }
    }
    return acks;
  }

  /** Sends gathered rows; completes when everything written before this call is settled. */
  public CompletableFuture<Void> flush() {
    return accumulator.flush();
  }

  /** Flushes, waits until everything is settled, and releases the memory. */
  @Override
  public void close() {
    accumulator.close();
  }
}
