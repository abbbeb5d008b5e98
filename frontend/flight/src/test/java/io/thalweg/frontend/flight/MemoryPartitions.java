package io.thalweg.frontend.flight;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.table.PartitionOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** The partitions of a server in memory. Its state belongs to the loop. */
final class MemoryPartitions {
  private static final long WAIT_NANOS = Duration.ofSeconds(30).toNanos();

  private final MemoryParts parts;
  private final Map<Long, List<Runnable>> waiting = new HashMap<>();

  MemoryPartitions(MemoryParts parts) {
    this.parts = parts;
  }

  /** The numbers of the buckets that a request for statistics means. */
  static List<Integer> meant(
      TableInfo table, OptionalInt bucket, Map<String, Optional<String>> partition) {
    if (bucket.isPresent()) {
      return List.of(table.checkBucket(bucket.getAsInt()));
    }
    return PartitionKey.buckets(table, partition);
  }

  /** On the loop: makes a partition. */
  Partition create(TablePath path, Map<String, Optional<String>> partition, boolean ifNotExists) {
    TableInfo table = parts.catalog.find(path);
    List<String> values = PartitionKey.of(table.descriptor()).texts(partition);
    if (table.partitions().find(values).isPresent() && !ifNotExists) {
      throw new ThalwegException(
          ErrorCode.PARTITION_EXISTS,
          "table " + path + " has the partition " + values + " already");
    }
    return create(path, values);
  }

  private Partition create(TablePath path, List<String> values) {
    TableInfo table = parts.catalog.find(path);
    Optional<Partition> known = table.partitions().find(values);
    if (known.isPresent()) {
      return known.get();
    }
    TableInfo with = parts.catalog.createPartition(table, values, parts.now());
    Partition made = with.partitions().find(values).orElseThrow();
    parts.log.create(with, with.bucketsOf(made));
    wake(table.tableId());
    return made;
  }

  /** On the loop: drops a partition with its rows. */
  void drop(TablePath path, Map<String, Optional<String>> partition) {
    TableInfo table = parts.catalog.find(path);
    List<String> values = PartitionKey.of(table.descriptor()).texts(partition);
    Partition gone =
        table
            .partitions()
            .find(values)
            .orElseThrow(
                () ->
                    new ThalwegException(
                        ErrorCode.PARTITION_NOT_FOUND,
                        "table " + path + " has no partition " + values));
    if (parts.keyed.containsKey(table.tableId())) {
      parts
          .keyed
          .get(table.tableId())
          .forget(row -> parts.buckets(table, row)[0] / table.bucketCount() == gone.number());
    }
    parts.catalog.dropPartition(table, gone.number());
    parts.log.drop(table, table.bucketsOf(gone));
    wake(table.tableId());
  }

  /** See {@code ServerApi.partitionsFor}. Any thread. */
  CompletableFuture<TableInfo> forRows(TableInfo table, OptionalInt bucket, VectorSchemaRoot rows) {
    TableInfo known = latest(table);
    List<List<String>> missing =
        bucket.isPresent() || rows.getRowCount() == 0 ? List.of() : missing(known, rows);
    if (missing.isEmpty()) {
      return CompletableFuture.completedFuture(known);
    }
    if (!PartitionOptions.from(table.descriptor()).dynamic()) {
      throw new ThalwegException(
          ErrorCode.PARTITION_NOT_FOUND,
          "table " + table.path() + " has no partition " + missing.get(0) + "; create it first");
    }
    return parts.loop.call(
        () -> {
          missing.forEach(values -> create(table.path(), values));
          return latest(table);
        });
  }

  private List<List<String>> missing(TableInfo known, VectorSchemaRoot rows) {
    RowPartitions found = parts.partitions(known, rows);
    FieldVector types = rows.getVector(SystemColumns.CHANGE_TYPE.name());
    List<List<String>> missing = new ArrayList<>();
    for (int row = 0; row < rows.getRowCount(); row++) {
      List<String> values = found.values().get(found.groups()[row]);
      ChangeType type = MemoryRows.type(types, row);
      if (known.partitions().find(values).isEmpty()
          && (type == ChangeType.INSERT || type == ChangeType.UPDATE_AFTER)
          && !missing.contains(values)) {
        missing.add(values);
      }
    }
    return missing;
  }

  private TableInfo latest(TableInfo table) {
    return table.with(parts.catalog.latest(table).partitions());
  }

  /** See {@code ServerApi.repartitioned}. Any thread. */
  CompletableFuture<TableInfo> changed(TableInfo known) {
    CompletableFuture<TableInfo> changed = new CompletableFuture<>();
    parts.loop.execute(
        () -> {
          if (!answer(known, changed, false)) {
            waiting
                .computeIfAbsent(known.tableId(), none -> new ArrayList<>())
                .add(() -> answer(known, changed, true));
            parts.loop.loop().schedule(WAIT_NANOS, () -> answer(known, changed, true));
          }
        });
    return changed;
  }

  private boolean answer(TableInfo known, CompletableFuture<TableInfo> answer, boolean anyway) {
    try {
      parts.catalog.check(known);
    } catch (ThalwegException dropped) {
      answer.completeExceptionally(dropped);
      return true;
    }
    TableInfo now = latest(known);
    if (anyway || !now.partitions().equals(known.partitions())) {
      answer.complete(now);
      return true;
    }
    return false;
  }

  /** On the loop: those who wait for other partitions of a table look again. */
  void wake(long tableId) {
    List<Runnable> woken = waiting.remove(tableId);
    if (woken != null) {
      woken.forEach(Runnable::run);
    }
  }
}
