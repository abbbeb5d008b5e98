package io.thalweg.simulation.cluster;

import io.thalweg.format.batch.BodyFormat;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.TransactionTicket;
import io.thalweg.server.api.WritePermit;
import io.thalweg.simulation.check.Findings;
import io.thalweg.simulation.check.History.Read;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The part of a {@link FrontDoor} for tables whose logs keep Kafka's records: it sends what a
 * producer sends, and finds the committed records as a consumer does. Lives on its server's loop.
 */
public final class TransactionDoor extends DoorPart {
  private static final Principal WHO = Principal.ANONYMOUS;
  private static final List<String> COLUMNS =
      List.of(RowReader.OFFSET_COLUMN, RecordColumns.KEY, RecordColumns.VALUE);

  /** In the key of a control record, the last byte of what says how the transaction ended. */
  private static final int AT_OUTCOME = 3;

  TransactionDoor(
      String name,
      ServerApi server,
      EventLoop loop,
      Findings findings,
      Function<Throwable, Answer<?>> failed) {
    super(name, server, loop, findings, failed);
  }

  /**
   * The committed records of one fetch.
   *
   * @param endOffset of the log, as far as a reader of stored batches hears of it
   * @param stable the last stable offset
   */
  public record Page(List<Read> reads, long nextOffset, long endOffset, long stable) {}

  /**
   * The part that a batch has in a transaction.
   *
   * @param name of the writer
   * @param joins whether the batch makes its bucket part of the transaction
   */
  public record Part(String name, boolean joins) {}

  private <T> CompletableFuture<Answer<T>> answer(CompletableFuture<T> result) {
    CompletableFuture<Answer<T>> answer = new CompletableFuture<>();
    loop.handle(
        result,
        (value, failure) -> answer.complete(failure == null ? Answer.of(value) : failed(failure)));
    return answer;
  }

  /**
   * Appends one batch.
   *
   * @param part empty for a batch of no transaction
   * @param padding bytes of each record's key
   */
  public CompletableFuture<Answer<AppendResult.Part>> append(
      TableInfo table,
      int bucket,
      Optional<Part> part,
      WriterStamp stamp,
      List<Long> values,
      int padding) {
    ByteBuffer records = KafkaRecords.of(stamp, part.isPresent(), values, padding);
    return answer(
        part.map(
                of ->
                    server
                        .transactions()
                        .ticket(WHO, of.name, stamp, table.bucket(bucket), of.joins)
                        .thenApply(Optional::of))
            .orElseGet(() -> CompletableFuture.completedFuture(Optional.empty()))
            .thenCompose(ticket -> append(table, bucket, ticket, records)));
  }

  private CompletableFuture<AppendResult.Part> append(
      TableInfo table, int bucket, Optional<TransactionTicket> ticket, ByteBuffer records) {
    CompletableFuture<AppendResult.Part> stored = new CompletableFuture<>();
    loop.handle(
        server.reserve(records.remaining()),
        (permit, failure) -> {
          if (failure != null) {
            stored.completeExceptionally(failure);
          } else {
            append(table, bucket, ticket, records, permit, stored);
          }
        });
    return stored;
  }

  private void append(
      TableInfo table,
      int bucket,
      Optional<TransactionTicket> ticket,
      ByteBuffer records,
      WritePermit permit,
      CompletableFuture<AppendResult.Part> stored) {
    loop.handle(
        server.appendRecords(WHO, table, bucket, ticket, records, permit),
        (part, failure) -> {
          if (failure != null) {
            stored.completeExceptionally(failure);
          } else {
            stored.complete(part);
          }
        });
  }

  /**
   * Fetches committed records.
   *
   * @param stored whether to fetch stored batches and find the committed ones as a consumer does;
   *     else the server finds them
   */
  public CompletableFuture<Answer<Page>> fetch(
      TableInfo table, FetchRequest wanted, boolean stored) {
    RowReader reader = server.reader(table, COLUMNS, null);
    FetchRequest request =
        new FetchRequest(
            wanted.bucket(),
            wanted.offset(),
            wanted.maxBytes(),
            wanted.waitNanos(),
            stored ? ReadSpec.STORED_STABLE : reader.wants());
    CompletableFuture<Answer<Page>> answer = new CompletableFuture<>();
    loop.handle(
        server.fetch(WHO, request),
        (fetched, failure) -> {
          if (failure != null) {
            answer.complete(failed(failure));
            return;
          }
          try (fetched) {
            List<Read> reads = new ArrayList<>();
            if (stored) {
              consume(reader, request.offset(), fetched, reads);
            } else {
              fetched.batches().forEach(each -> read(reader, request.offset(), each, reads));
            }
            answer.complete(
                Answer.of(
                    new Page(
                        reads, fetched.nextOffset(), fetched.endOffset(), fetched.stableOffset())));
          } catch (ThalwegException damaged) {
            answer.complete(failed(damaged));
          }
        });
    return answer;
  }

  /** Leaves out what a consumer of committed records leaves out, by the fetch's own list. */
  private void consume(RowReader reader, long from, Fetched fetched, List<Read> reads) {
    List<Fetched.Aborted> aborted = new ArrayList<>(fetched.aborted());
    Set<Long> voids = new HashSet<>();
    for (Fetched.Batch batch : fetched.batches()) {
      if (!(batch instanceof Fetched.LogBatch log)
          || log.encoded().header().bodyFormat() != BodyFormat.KAFKA) {
        findings.add("NOT_STORED", "server " + name + " gave a " + batch.getClass());
        continue;
      }
      while (!aborted.isEmpty() && aborted.get(0).firstOffset() < batch.endOffset()) {
        voids.add(aborted.remove(0).writerId());
      }
      RecordBatchHeader header = new KafkaBody(log.encoded()).header();
      if (header.isControl()) {
        if (!commits(reader, batch)) {
          voids.remove(header.producerId());
        }
      } else if (!header.isTransactional() || !voids.contains(header.producerId())) {
        read(reader, from, batch, reads);
      }
    }
  }

  private boolean commits(RowReader reader, Fetched.Batch control) {
    try (VectorSchemaRoot rows =
        reader.read(control, 0, Long.MAX_VALUE, server.allocator()).orElseThrow()) {
      return ((VarBinaryVector) rows.getVector(RecordColumns.KEY)).get(0)[AT_OUTCOME] == 1;
    }
  }

  private void read(RowReader reader, long from, Fetched.Batch batch, List<Read> reads) {
    reader
        .read(batch, from, Long.MAX_VALUE, server.allocator())
        .ifPresent(
            rows -> {
              try (rows) {
                BigIntVector offsets = (BigIntVector) rows.getVector(RowReader.OFFSET_COLUMN);
                VarBinaryVector values = (VarBinaryVector) rows.getVector(RecordColumns.VALUE);
                for (int i = 0; i < rows.getRowCount(); i++) {
                  reads.add(new Read(offsets.get(i), KafkaRecords.value(values.get(i))));
                }
              }
            });
  }
}
