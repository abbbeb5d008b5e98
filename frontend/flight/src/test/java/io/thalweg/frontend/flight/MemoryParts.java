package io.thalweg.frontend.flight;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.Clock;
import io.thalweg.server.aggregate.AggregateConfig;
import io.thalweg.server.aggregate.AggregateMemory;
import io.thalweg.server.read.ReadBudget;
import io.thalweg.server.write.RowEncoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** What a server in memory is made of. Catalog, log, rows and scans belong to its loop. */
final class MemoryParts {
  final RootAllocator root = new RootAllocator();
  final BufferAllocator stored = root.newChildAllocator("stored", 0, Long.MAX_VALUE);
  final MemoryLoop loop = new MemoryLoop();
  final MemoryFaults faults = new MemoryFaults(loop);
  final MemoryCluster cluster = new MemoryCluster(loop);
  final MemoryCatalog catalog = new MemoryCatalog();
  final MemoryLog log = new MemoryLog(loop);
  final MemoryPartitions partitions = new MemoryPartitions(this);
  final Map<Long, MemoryRows> keyed = new HashMap<>();
  final MemoryScans scans = new MemoryScans(loop.loop(), root);
  final ReadBudget reads = new ReadBudget(loop.loop(), 32 << 20);
  final AggregateMemory groups = new AggregateMemory(AggregateConfig.DEFAULT);
  final RowEncoder encoder = new RowEncoder(new RisingClock(), stored, BatchHeader.MAX_LENGTH);
  private final AtomicLong clockMillis = new AtomicLong(1_000);

  /** A later time with each call. */
  long now() {
    return clockMillis.incrementAndGet();
  }

  /** This server's time for the encoder of the real server. */
  private final class RisingClock implements Clock {
    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public long wallMillis() {
      return now();
    }
  }

  /** Refuses columns that a table lacks; null for all. */
  static void checkColumns(TableInfo table, List<String> columns) {
    for (String name : columns == null ? List.<String>of() : columns) {
      if (table.schema().indexOf(name).isEmpty()) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH, "the table has no column '" + name + "'");
      }
    }
  }

  /** Refuses a table without a primary key. */
  static void checkKeyed(TableInfo table) {
    if (table.schema().primaryKey().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "table " + table.path() + " has no primary key");
    }
  }

  /** The buckets that rows belong to; {@link RowPartitions#MISSING} without a partition. */
  int[] buckets(TableInfo table, VectorSchemaRoot rows) {
    List<FieldVector> key = table.descriptor().bucketKey().stream().map(rows::getVector).toList();
    int[] buckets =
        TableOptions.from(table.descriptor().properties())
            .bucketFunction()
            .buckets(key, rows.getRowCount(), table.bucketCount());
    if (table.isPartitioned()) {
      int[] numbers = partitions(table, rows).numbers(table.partitions());
      for (int row = 0; row < buckets.length; row++) {
        buckets[row] =
            numbers[row] == RowPartitions.MISSING
                ? RowPartitions.MISSING
                : numbers[row] * table.bucketCount() + buckets[row];
      }
    }
    return buckets;
  }

  /** The values of the partition columns in rows. */
  RowPartitions partitions(TableInfo table, VectorSchemaRoot rows) {
    PartitionKey key = PartitionKey.of(table.descriptor());
    Schema columns =
        new Schema(
            table.schema().schemaId(), table.schema().highestColumnId(), key.columns(), List.of());
    List<FieldVector> given =
        key.columns().stream()
            .map(column -> rows.getVector(column.name()))
            .filter(Objects::nonNull)
            .toList();
    List<FieldVector> made = new ArrayList<>();
    try {
      VectorSchemaRoot some =
          new VectorSchemaRoot(
              given.stream().map(FieldVector::getField).toList(), given, rows.getRowCount());
      return RowPartitions.of(
          key, InputCheck.check(some, columns, stored, made), rows.getRowCount());
    } finally {
      made.forEach(FieldVector::close);
    }
  }

  /**
   * Copies of the rows of each bucket, which the caller closes. Deletes in partitions that are not
   * there are left out.
   */
  Map<Integer, VectorSchemaRoot> split(TableInfo table, VectorSchemaRoot rows) {
    int[] belongs = buckets(table, rows);
    FieldVector types = rows.getVector(SystemColumns.CHANGE_TYPE.name());
    for (int row = 0; row < belongs.length; row++) {
      ChangeType type = MemoryRows.type(types, row);
      if (belongs[row] == RowPartitions.MISSING
          && (type == ChangeType.INSERT || type == ChangeType.UPDATE_AFTER)) {
        throw new ThalwegException(
            ErrorCode.PARTITION_NOT_FOUND, "the partition of row " + row + " is not there");
      }
    }
    Map<Integer, VectorSchemaRoot> split = new TreeMap<>();
    for (int bucket : IntStream.of(belongs).distinct().toArray()) {
      if (bucket != RowPartitions.MISSING) {
        int[] chosen =
            IntStream.range(0, belongs.length).filter(i -> belongs[i] == bucket).toArray();
        split.put(bucket, Selection.of(belongs.length, chosen).take(rows, stored));
      }
    }
    return split;
  }

  /** A copy of rows, which the caller closes. */
  VectorSchemaRoot copy(VectorSchemaRoot rows) {
    int count = rows.getRowCount();
    return Selection.of(count, IntStream.range(0, count).toArray()).take(rows, stored);
  }

  /** Gives everything back, and fails where a caller did not. */
  void close() {
    loop.call(
            () -> {
              scans.endAll();
              keyed.values().forEach(MemoryRows::close);
              log.close();
              return null;
            })
        .join();
    loop.close();
    stored.close();
    root.close();
    if (groups.used() != 0) {
      throw new IllegalStateException("aggregates did not give " + groups.used() + " bytes back");
    }
    if (reads.used() != 0) {
      throw new IllegalStateException("readers did not give " + reads.used() + " bytes back");
    }
  }
}
