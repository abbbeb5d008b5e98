package io.thalweg.server.write;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.TransactionPart;
import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Batches of one bucket on their way that are stored together: one encoded batch, or all batches of
 * one write's changes, which are back to back and become one entry. Owned by the server's loop.
 *
 * <p>The caller gets at most one answer: when the batch is durable and ordered, when it is
 * certainly not stored, or, after the write timeout, that the outcome is unknown (which never
 * happens to changes of an owned bucket). The batch keeps its memory until the lane knows the
 * outcome, whatever answer the caller has got.
 */
final class PendingBatch {
  /** In the order of the log; none if an owner's rows changed nothing. */
  final List<EncodedBatch> batches;

  final OwnedWrite owned;
  final TransactionPart transaction;
  final long deadlineNanos;
  final CompletableFuture<Reply.Stored> stored = new CompletableFuture<>();
  private final Runnable release;

  /**
   * A batch.
   *
   * @param owned for a bucket that this server owns; otherwise null, and there is one batch
   */
  PendingBatch(
      List<EncodedBatch> batches,
      OwnedWrite owned,
      TransactionPart transaction,
      long deadlineNanos,
      Runnable release) {
    this.batches = batches;
    this.owned = owned;
    this.transaction = transaction;
    this.deadlineNanos = deadlineNanos;
    this.release = release;
  }

  TableBucket bucket() {
    return owned != null ? owned.bucket() : batches.get(0).header().bucket();
  }

  int length() {
    return batches.stream().mapToInt(EncodedBatch::length).sum();
  }

  /** The log entry's description of it. */
  Command.Entry entry(int position) {
    if (batches.isEmpty()) {
      return new Command.Entry(owned.bucket(), 1, owned.claim(), 0, position, 0, 0, owned.writer());
    }
    BatchHeader header = batches.get(0).header();
    return new Command.Entry(
        header.bucket(),
        header.schemaId(),
        owned == null ? null : owned.claim(),
        batches.stream().mapToInt(each -> each.header().recordCount()).sum(),
        position,
        length(),
        batches.stream().mapToLong(each -> each.header().maxTimestamp()).max().orElseThrow(),
        header.writer(),
        transaction);
  }

  void succeed(Reply.Stored result) {
    stored.complete(result);
    done();
  }

  void fail(ErrorCode code, String message) {
    stored.completeExceptionally(new ThalwegException(code, message));
    done();
  }

  /** Fails the caller because time is up. The lane continues, so the batch may still be stored. */
  void timeOut() {
    if (owned != null) {
      return; // its caller goes by the outcome
    }
    stored.completeExceptionally(
        new ThalwegException(
            ErrorCode.UNKNOWN_OUTCOME,
            "the batch was not decided in time; it may or may not be stored"));
  }

  private void done() {
    batches.forEach(EncodedBatch::close);
    release.run();
  }
}
