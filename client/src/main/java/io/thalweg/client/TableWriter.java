package io.thalweg.client;

import io.thalweg.client.route.ServerActions;
import io.thalweg.client.route.TableAccess;
import io.thalweg.client.route.TablePartitions;
import io.thalweg.client.write.Accumulator;
import io.thalweg.client.write.BucketColumns;
import io.thalweg.client.write.CheckedRow;
import io.thalweg.client.write.PartitionColumns;
import io.thalweg.client.write.RowGroups;
import io.thalweg.client.write.RowRange;
import io.thalweg.format.cast.Cast;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.schema.TableInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Appends to a table. Any thread may call.
 *
 * <p>Rows gather into batches. A row after a pause is sent at once; while batches are under way the
 * next one grows, at most for two milliseconds unless its bucket has two under way. Several are
 * under way at a time. Memory is bounded: while {@link WriterOptions#bufferBytes} are
 * unacknowledged, an append waits, at most {@link WriterOptions#blockTimeout}, and then fails with
 * OVERLOADED.
 *
 * <p>By default each batch is stored once: after a lost connection, an unknown outcome or a
 * temporary error, the writer sends everything unacknowledged again, in order and with the same
 * sequences. Rows go to the bucket that the caller names; otherwise to the one that the hash of the
 * bucket key chooses, or, in a table without a bucket key, the buckets take turns batch by batch.
 *
 * <p>Futures complete on the client's loop: their callbacks must not block and must not append.
 */
public final class TableWriter implements AutoCloseable {
  private final TableInfo table;
  private final BufferAllocator allocator;
  private final Accumulator accumulator;
  private final TablePartitions partitions;
  private final PartitionColumns partitioned;
  // Empty where the buckets take turns.
  private final Optional<BucketColumns> hashed;
  private final RowCheck.Pool checks;
  private final ToIntFunction<CheckedRow> anyBucket;
  private final Function<CheckedRow, CompletableFuture<AppendAck>> anywhere;

  private TableWriter(TableAccess access, Optional<WriterId> writer, WriterOptions options) {
    this.table = access.table();
    this.allocator = access.allocator();
    this.partitions = access.partitions();
    this.partitioned = new PartitionColumns(partitions, table.schema().columns());
    this.hashed =
        table.descriptor().bucketKey().isEmpty() || table.bucketCount() == 1
            ? Optional.empty()
            : Optional.of(new BucketColumns(table, table.schema().columns()));
    this.checks = new RowCheck.Pool(table.schema().columns(), 0);
    this.anywhere = this::addAnywhere;
    Schema schema = table.schema().toArrow();
    this.accumulator =
        new Accumulator(
            access, writer, options, table.schema().columns(), hashed.isEmpty(), () -> schema);
    this.anyBucket = hashed.isPresent() ? hashed.get()::bucket : row -> accumulator.turn();
  }

  /** Opens a writer. If it stores each batch once, it gets an id of its own. */
  static TableWriter open(TableAccess access, ServerActions actions, WriterOptions options) {
    Optional<WriterId> writer =
        options.idempotent() ? Optional.of(actions.openWriter()) : Optional.empty();
    return new TableWriter(access, writer, options);
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
    return checks.with(check -> check.all(values), anywhere);
  }

  /** Appends one row to a bucket, in a partitioned table to one of the row's partition. */
  public CompletableFuture<AppendAck> appendTo(int bucket, Object... values) {
    int named = partitions.checkBucket(bucket);
    return checks.with(check -> check.all(values), row -> add(row, any -> named));
  }

  /** A builder of rows that are written one by one; see {@link RowBuilder}. */
  public RowBuilder row() {
    return new RowBuilder(checks.own(), anywhere);
  }

  /** Appends a row to a bucket of its partition, which is made if it is not there. */
  private CompletableFuture<AppendAck> addAnywhere(CheckedRow row) {
    if (!partitioned.arePresent()) {
      return add(row, anyBucket);
    }
    int partition = partitioned.make(row);
    return hashed.isPresent()
        ? add(row, any -> partitions.number(partition, hashed.get().bucket(any)))
        : add(row, any -> accumulator.turn(partition));
  }

  private CompletableFuture<AppendAck> add(CheckedRow row, ToIntFunction<CheckedRow> bucket) {
    accumulator.reserve(row.bytes());
    return accumulator.add(bucket, row);
  }

  /**
   * Appends rows, after the rows appended before. They are copied: the caller may reuse {@code
   * rows} at once. The writer matches columns and fields by name and casts them to the table's
   * types without loss ({@link io.thalweg.format.cast}); if a row does not fit, it sends nothing.
   * Missing columns become null.
   *
   * @return completes when all are stored. Rows of more than 8 MiB make several batches, each
   *     stored or not by itself: the acknowledgement has the parts of all, and fails if one fails
   */
  public CompletableFuture<AppendAck> append(VectorSchemaRoot rows) {
    return appendRoot(OptionalInt.empty(), rows);
  }

  /** Appends rows as one batch to a bucket. */
  public CompletableFuture<AppendAck> appendTo(int bucket, VectorSchemaRoot rows) {
    return appendRoot(OptionalInt.of(partitions.checkBucket(bucket)), rows);
  }

  private CompletableFuture<AppendAck> appendRoot(OptionalInt bucket, VectorSchemaRoot rows) {
    if (rows.getRowCount() == 0) {
      return CompletableFuture.completedFuture(new AppendAck(List.of()));
    }
    Cast cast = Cast.of(rows.getSchema(), table.schema().columns(), Cast.Missing.NULLS);
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    try (CastRows ordered = cast.apply(rows, allocator)) {
      if (bucket.isPresent()) {
        addRanges(ordered.root(), bucket::getAsInt, acks);
      } else if (partitioned.arePresent() || hashed.isPresent()) {
        addGroups(ordered.root(), acks);
      } else {
        addRanges(ordered.root(), accumulator::turn, acks);
      }
    }
    return RowRange.all(acks);
  }

  /** Adds the rows of each partition and bucket. */
  private void addGroups(VectorSchemaRoot rows, List<CompletableFuture<AppendAck>> acks) {
    int count = rows.getRowCount();
    int[] numbers = new int[count];
    if (partitioned.arePresent()) {
      RowPartitions found = partitioned.of(rows.getFieldVectors(), count);
      numbers = found.numbers(partitioned.make(found.values()));
    }
    if (hashed.isPresent()) {
      numbers = partitions.numbers(numbers, hashed.get().buckets(rows.getFieldVectors(), count));
    }
    RowGroups.each(
        numbers,
        rows,
        allocator,
        (number, part) ->
            addRanges(
                part, hashed.isPresent() ? () -> number : () -> accumulator.turn(number), acks));
  }

  /** Adds rows as batches. False, with a failed acknowledgement, once one is refused. */
  private boolean addRanges(
      VectorSchemaRoot rows, IntSupplier target, List<CompletableFuture<AppendAck>> acks) {
    for (RowRange range : RowRange.split(rows, accumulator.batchLimit())) {
      try {
        acks.add(
            accumulator.addBatch(
                target,
                () -> range.copy(rows, allocator),
                table.schema().toArrow(),
                range.bytes()));
      } catch (ThalwegException refused) {
        if (acks.isEmpty()) {
          throw refused;
        }
        // Earlier parts may be stored: one acknowledgement tells the caller of all parts.
        acks.add(CompletableFuture.failedFuture(refused));
        return false;
      }
    }
    return true;
  }

  /** Sends gathered rows; completes when everything appended before this call is settled. */
  public CompletableFuture<Void> flush() {
    return accumulator.flush();
  }

  /** Flushes, waits until everything is settled, and releases the memory. */
  @Override
  public void close() {
    accumulator.close();
  }
}
