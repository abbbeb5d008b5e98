package io.thalweg.frontend.kafka.rows;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.rowjson.JsonRow;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.KafkaValues;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.WritePermit;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.kafka.common.errors.InvalidRequestException;

/**
 * Appends a producer's batch to a table of rows: each record's value is a row in JSON. The batch
 * stays one batch, with the producer's id and sequence as the writer's, so that it is stored once.
 * One use; any thread.
 */
public final class RowAppend {
  /** Most bytes of a batch once it is decompressed. */
  private static final long MOST_DECOMPRESSED = 64L << 20;

  /** Records of one batch of which it is said what is wrong. */
  private static final int MOST_ERRORS = 20;

  /** By how much a batch may well grow; memory is set aside for it, up to a bound. */
  private static final long GROWTH = 8;

  private static final long MOST_GROWN = 4 << 20;

  private static final Field VALUE =
      ArrowTypes.toArrow(
          RecordColumns.VALUE,
          RecordColumns.columns().stream()
              .filter(column -> column.name().equals(RecordColumns.VALUE))
              .findFirst()
              .orElseThrow()
              .type());

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
    boolean hasKey =
        !table.schema().primaryKey().isEmpty() || !table.descriptor().bucketKey().isEmpty();
    throw new InvalidRequestException(
        hasKey
            ? "table "
                + table.path()
                + " has a key that chooses each row's bucket, so Kafka's producers, which choose it"
                + " themselves, cannot write to it; use the table's own clients"
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
        .run(() -> rows(header, records))
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

  /** The rows of a batch, which the caller closes. */
  private VectorSchemaRoot rows(RecordBatchHeader header, ByteBuffer records) {
    List<Column> columns = table.schema().columns();
    JsonRow reader = new JsonRow(columns);
    VectorSchemaRoot rows = VectorSchemaRoot.create(table.schema().toArrow(), api.allocator());
    try (VectorSchemaRoot read =
        RecordColumns.read(records, List.of(VALUE), MOST_DECOMPRESSED, api.allocator())) {
      VarBinaryVector values = (VarBinaryVector) read.getVector(0);
      TreeMap<Integer, String> wrong = new TreeMap<>();
      for (int i = 0; i < header.recordCount() && wrong.size() < MOST_ERRORS; i++) {
        try {
          if (values.isNull(i)) {
            throw new Exact.Misfit("the value is null; give a JSON object of the table's columns");
          }
          Object[] row = reader.read(ByteBuffer.wrap(values.get(i)));
          for (int column = 0; column < row.length; column++) {
            VectorWriter.write(rows.getVector(column), i, columns.get(column).type(), row[column]);
          }
        } catch (Exact.Misfit misfit) {
          wrong.put(i, misfit.getMessage());
        }
      }
      if (!wrong.isEmpty()) {
        throw new CompletionException(new BadRowsException(wrong));
      }
      rows.setRowCount(header.recordCount());
      return rows;
    } catch (RuntimeException | Error failure) {
      rows.close();
      throw failure;
    }
  }
}
