package io.thalweg.frontend.flight;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.LogPlace;
import io.thalweg.server.api.WritePermit;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Takes the appends of a server in memory. Any thread may call; rows are stored on the loop. */
final class MemoryAppends {
  /** In which the only server owns everything. */
  static final int EPOCH = 1;

  private final MemoryParts parts;

  MemoryAppends(MemoryParts parts) {
    this.parts = parts;
  }

  /** Appends rows to a log, or writes rows by key, through the server {@code id}; null for any. */
  CompletableFuture<AppendResult> append(
      String id,
      TableInfo table,
      OptionalInt bucket,
      WriterStamp writer,
      VectorSchemaRoot rows,
      WritePermit permit) {
    try {
      bucket.ifPresent(table::checkBucket);
      return table.schema().primaryKey().isEmpty()
          ? appendLog(table, bucket, writer, rows, permit)
          : upsert(id, table, bucket, writer, rows, permit);
    } catch (RuntimeException refused) {
      permit.close();
      return CompletableFuture.failedFuture(refused);
    }
  }

  private CompletableFuture<AppendResult> appendLog(
      TableInfo table,
      OptionalInt bucket,
      WriterStamp writer,
      VectorSchemaRoot rows,
      WritePermit permit) {
    List<EncodedBatch> batches = parts.encoder.encode(table, bucket, writer, rows);
    return stored(
        permit,
        () -> batches.forEach(EncodedBatch::close),
        () -> {
          parts.catalog.of(table.storage());
          return parts.faults.storing(
              () -> batches.stream().map(batch -> appendLog(table, writer, batch)).toList());
        });
  }

  /** Appends one of Kafka's record batches, at that place if there is one. */
  CompletableFuture<AppendResult.Part> appendRecords(
      TableInfo table,
      int bucket,
      ByteBuffer records,
      WritePermit permit,
      Optional<LogPlace> place) {
    EncodedBatch batch;
    try {
      table.checkBucket(bucket);
      batch = parts.encoder.encodeRecords(table, bucket, records);
    } catch (RuntimeException refused) {
      permit.close();
      return CompletableFuture.failedFuture(refused);
    }
    return stored(
            permit,
            batch::close,
            () -> {
              parts.catalog.of(table.storage());
              long end = parts.log.end(table.bucket(bucket));
              if (place
                  .filter(at -> at.ownerEpoch() != EPOCH || at.baseOffset() != end)
                  .isPresent()) {
                throw new ThalwegException(ErrorCode.STALE_OWNER, place + " is not the end " + end);
              }
              return parts.faults.storing(
                  () -> List.of(appendLog(table, batch.header().writer(), batch)));
            })
        .thenApply(result -> result.parts().get(0));
  }

  private AppendResult.Part appendLog(TableInfo table, WriterStamp writer, EncodedBatch encoded) {
    TableBucket target = encoded.header().bucket();
    int count = encoded.header().recordCount();
    if (parts.catalog.latest(table).numberOf(target).isEmpty()) {
      throw new ThalwegException(
          ErrorCode.PARTITION_NOT_FOUND, "the partition of " + target + " was dropped");
    }
    Optional<Long> before = parts.log.judge(target, writer, count);
    long base = before.orElse(parts.log.end(target));
    if (before.isEmpty()) {
      parts.log.append(target, encoded.retain());
    }
    return new AppendResult.Part(table.number(target), base, count, before.isPresent());
  }

  private CompletableFuture<AppendResult> upsert(
      String id,
      TableInfo table,
      OptionalInt target,
      WriterStamp writer,
      VectorSchemaRoot rows,
      WritePermit permit) {
    MemoryRows.checkKeys(table.schema(), rows);
    Map<Integer, VectorSchemaRoot> split = parts.split(table, rows);
    Runnable close = () -> split.values().forEach(VectorSchemaRoot::close);
    for (int belongs : split.keySet()) {
      if (target.isPresent() && belongs != target.getAsInt()) {
        close.run();
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST,
            "a row belongs to bucket " + belongs + ", not to bucket " + target.getAsInt());
      }
    }
    return stored(
        permit,
        close,
        () -> {
          parts.catalog.check(table);
          split.keySet().forEach(bucket -> parts.cluster.checkOwner(id, bucket));
          return parts.faults.storing(
              () ->
                  split.entrySet().stream()
                      .map(part -> upsert(table, part.getKey(), writer, part.getValue()))
                      .toList());
        });
  }

  private AppendResult.Part upsert(
      TableInfo table, int target, WriterStamp writer, VectorSchemaRoot rows) {
    TableBucket bucket = table.bucket(target);
    int count = rows.getRowCount();
    Optional<Long> before = parts.log.judge(bucket, writer, count);
    if (before.isPresent()) {
      return new AppendResult.Part(target, before.get(), count, true);
    }
    long base = parts.log.end(bucket);
    try (VectorSchemaRoot changes = parts.keyed.get(table.tableId()).write(rows)) {
      int changed = changes.getRowCount();
      if (changed > 0) {
        Schema schema = table.schema().ofLog();
        List<FieldVector> vectors = changes.getFieldVectors();
        parts.log.append(bucket, encode(bucket, table, schema, vectors, changed, WriterStamp.NONE));
      }
    }
    return new AppendResult.Part(target, base, count, false);
  }

  private EncodedBatch encode(
      TableBucket target,
      TableInfo table,
      Schema schema,
      List<FieldVector> vectors,
      int count,
      WriterStamp writer) {
    TableOptions options = TableOptions.from(table.descriptor().properties());
    return new BatchEncoder(options.compression(), options.zstdLevel(), BatchHeader.MAX_LENGTH)
        .encode(target, schema, vectors, count, parts.now(), writer, parts.stored);
  }

  /** Stores on the loop, once appends are not held; then gives permit and rows back. */
  private CompletableFuture<AppendResult> stored(
      WritePermit permit, Runnable giveBack, Supplier<List<AppendResult.Part>> store) {
    CompletableFuture<AppendResult> result = new CompletableFuture<>();
    Runnable append =
        () -> {
          permit.close();
          try {
            result.complete(new AppendResult(store.get()));
          } catch (ThalwegException refused) {
            result.completeExceptionally(refused);
          } finally {
            giveBack.run();
          }
        };
    parts.loop.execute(() -> parts.faults.runAppend(append));
    return result;
  }
}
