package io.thalweg.server;

import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.TransactionPart;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.table.TableOptions.WriteMode;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.LogPlace;
import io.thalweg.server.api.TransactionTicket;
import io.thalweg.server.api.WritePermit;
import io.thalweg.server.write.AppendParts;
import io.thalweg.server.write.GroupWriter;
import io.thalweg.server.write.OwnedWrite;
import io.thalweg.server.write.RowEncoder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Spreads one append to a log table over its buckets: encodes the rows on the caller's thread,
 * gives each bucket's batch to the writer on the loop, and joins what became of them. Any thread.
 */
final class BucketAppends {
  private final Calls calls;
  private final RowEncoder encoder;
  private final GroupWriter writer;

  BucketAppends(Calls calls, RowEncoder encoder, GroupWriter writer) {
    this.calls = calls;
    this.encoder = encoder;
    this.writer = writer;
  }

  /** See {@code ServerApi.append}; the permit is given back, whatever happens. */
  CompletableFuture<AppendResult> append(
      TableInfo table,
      OptionalInt bucket,
      WriterStamp stamp,
      VectorSchemaRoot rows,
      WritePermit permit) {
    List<EncodedBatch> batches;
    try {
      batches = encoder.encode(table, bucket, stamp, rows);
    } catch (ThalwegException refused) {
      permit.close();
      return CompletableFuture.failedFuture(refused);
    } catch (RuntimeException | Error failure) {
      permit.close();
      throw failure;
    }
    if (batches.isEmpty()) {
      permit.close();
      return CompletableFuture.completedFuture(new AppendResult(List.of()));
    }
    WriteMode mode = TableOptions.from(table.descriptor().properties()).writeMode();
    return calls.onLoop(() -> add(table, batches, mode, permit));
  }

  /** See {@code ServerApi.appendRecords}; the permit is given back, whatever happens. */
  CompletableFuture<AppendResult.Part> appendRecords(
      TableInfo table,
      int bucket,
      Optional<TransactionTicket> transaction,
      ByteBuffer records,
      WritePermit permit) {
    TransactionPart part = transaction.map(BucketAppends::part).orElse(null);
    return appendRecords(
        table,
        bucket,
        () -> fitting(encoder.encodeRecords(table, bucket, records), part),
        permit,
        (batch, mode) -> writer.add(batch, part, mode, permit::close));
  }

  /** The batch, if it says of its transaction what its producer asked a ticket for. */
  private static EncodedBatch fitting(EncodedBatch batch, TransactionPart part) {
    RecordBatchHeader header = new KafkaBody(batch).header();
    boolean fits =
        part == null
            ? !header.isTransactional()
            : header.isTransactional()
                && header.producerId() == part.writerId()
                && header.producerEpoch() == part.epoch();
    if (!fits) {
      batch.close();
      throw new ThalwegException(
          ErrorCode.INVALID_TRANSACTION,
          "the batch of producer %d in epoch %d is %s"
              .formatted(
                  header.producerId(),
                  header.producerEpoch(),
                  part == null
                      ? "transactional, and its sender named no transactional writer"
                      : "not of transactional writer id " + part.writerId()));
    }
    return batch;
  }

  private static TransactionPart part(TransactionTicket ticket) {
    return new TransactionPart(
        ticket.writer().writerId(), ticket.writer().epoch(), ticket.number(), ticket.joins());
  }

  /** See {@code ServerApi.appendRecordsAt}; the permit is given back, whatever happens. */
  CompletableFuture<AppendResult.Part> appendRecordsAt(
      TableInfo table,
      int bucket,
      LogPlace place,
      Optional<TransactionTicket> transaction,
      ByteBuffer records,
      WritePermit permit) {
    TransactionPart part = transaction.map(BucketAppends::part).orElse(null);
    return appendRecords(
        table,
        bucket,
        () -> encoder.encodeOwnRecords(table, bucket, records),
        permit,
        (batch, mode) -> {
          int count = batch.header().recordCount();
          OwnerClaim claim = new OwnerClaim(place.ownerEpoch(), place.baseOffset(), count);
          return writer
              .addOwned(
                  List.of(batch),
                  new OwnedWrite(batch.header().bucket(), claim, WriterStamp.NONE, part),
                  mode)
              .whenComplete((stored, failure) -> permit.close());
        });
  }

  private CompletableFuture<AppendResult.Part> appendRecords(
      TableInfo table,
      int bucket,
      Supplier<EncodedBatch> encode,
      WritePermit permit,
      BiFunction<EncodedBatch, WriteMode, CompletableFuture<Reply.Stored>> add) {
    EncodedBatch batch;
    try {
      batch = encode.get();
    } catch (ThalwegException refused) {
      permit.close();
      return CompletableFuture.failedFuture(refused);
    } catch (RuntimeException | Error failure) {
      permit.close();
      throw failure;
    }
    WriteMode mode = TableOptions.from(table.descriptor().properties()).writeMode();
    int count = batch.header().recordCount();
    return calls.onLoop(
        () ->
            add.apply(batch, mode)
                .thenApply(
                    stored ->
                        new AppendResult.Part(
                            bucket, stored.baseOffset(), count, stored.duplicate())));
  }

  private CompletableFuture<AppendResult> add(
      TableInfo table, List<EncodedBatch> batches, WriteMode mode, WritePermit permit) {
    int[] held = {batches.size()};
    Runnable release =
        () -> {
          if (--held[0] == 0) {
            permit.close();
          }
        };
    List<AppendParts.Part> parts = new ArrayList<>(batches.size());
    for (EncodedBatch batch : batches) {
      int bucket = table.number(batch.header().bucket());
      int rows = batch.header().recordCount();
      CompletableFuture<Reply.Stored> added;
      try {
        added = writer.add(batch, null, mode, release);
      } catch (RuntimeException | Error failure) {
        permit.close();
        throw failure;
      }
      parts.add(
          new AppendParts.Part(
              bucket,
              calls.ofBuckets(
                  table,
                  added.thenApply(
                      stored ->
                          new AppendResult.Part(
                              bucket, stored.baseOffset(), rows, stored.duplicate())))));
    }
    return AppendParts.all(parts);
  }
}
