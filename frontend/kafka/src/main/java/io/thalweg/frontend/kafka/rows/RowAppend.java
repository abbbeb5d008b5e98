package io.thalweg.frontend.kafka.rows;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.KafkaValues;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.WritePermit;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.InvalidRequestException;

/**
 * Appends a producer's batch to a table of rows, as {@link RecordRows} reads it. The batch stays
 * one batch, with the producer's id and sequence as the writer's, so that it is stored once. One
 * use; any thread.
 */
public final class RowAppend {
  /** The log that says which records were refused. */
  public static final String REFUSED = "io.thalweg.kafka.records";

  /** By how much a batch may well grow; memory is set aside for it, up to a bound. */
  private static final long GROWTH = 8;

  private static final long MOST_GROWN = 4 << 20;

  private final ServerApi api;
  private final RowWorkers workers;
  private final Principal who;
  private final TableInfo table;
  private final int bucket;

  /** An append of {@code who} to a bucket. */
  public RowAppend(ServerApi api, RowWorkers workers, Principal who, TableInfo table, int bucket) {
    this.api = api;
    this.workers = workers;
    this.who = who;
    this.table = table;
    this.bucket = bucket;
  }

  /**
   * Appends the rows of one record batch.
   *
   * @param records valid until the result is there
   * @param onItsWay called once the order among later appends is certain
   * @return fails with {@link BadRowsException}, {@link InvalidRequestException} where the table
   *     takes no records, or a {@link ThalwegException}
   */
  public CompletableFuture<AppendResult.Part> append(ByteBuffer records, Runnable onItsWay) {
    RecordBatchHeader header;
    try {
      checkTakes();
      header = RecordBatchHeader.check(records);
      if (header.isTransactional()) {
        throw new ThalwegException(
            ErrorCode.UNSUPPORTED,
            "table "
                + table.path()
                + " keeps rows, which are part of no transaction; use a producer without"
                + " transactional.id, which stores each record once too");
      }
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
    long bytes = records.remaining();
    return api.reserve(Math.max(bytes, Math.min(GROWTH * bytes, MOST_GROWN)))
        .thenCompose(permit -> append(header, records, permit, onItsWay));
  }

  private void checkTakes() {
    if (KafkaValues.of(table.descriptor()) == KafkaValues.JSON) {
      return;
    }
    boolean hasKey = !table.descriptor().bucketKey().isEmpty() && RowKey.of(table).isEmpty();
    throw new InvalidRequestException(
        hasKey
            ? "table "
                + table.path()
                + " has a key that chooses each row's bucket otherwise than Kafka's producers choose"
                + " the partition, so they cannot write to it; use the table's own clients, or a table"
                + " made with 'bucket.function' = 'kafka'"
            : "table "
                + table.path()
                + " takes no records of Kafka's producers; to let them send rows as JSON: ALTER it"
                + " with SET ('"
                + KafkaValues.PROPERTY
                + "' = 'json')");
  }

  private CompletableFuture<AppendResult.Part> append(
      RecordBatchHeader header, ByteBuffer records, WritePermit permit, Runnable onItsWay) {
    return workers
        .run(() -> new RecordRows(table, bucket, api.allocator()).read(header, records))
        .whenComplete(
            (rows, failure) -> {
              if (failure != null) {
                permit.close();
              }
            })
        .thenCompose(
            rows -> {
              try (rows) {
                CompletableFuture<AppendResult> appended =
                    api.append(who, table, OptionalInt.of(bucket), stamp(header), rows, permit);
                onItsWay.run();
                return appended;
              }
            })
        .thenApply(result -> result.parts().get(0));
  }

  private static WriterStamp stamp(RecordBatchHeader header) {
    return header.producerId() < 0
        ? WriterStamp.NONE
        : new WriterStamp(header.producerId(), header.producerEpoch(), header.baseSequence());
  }
}
