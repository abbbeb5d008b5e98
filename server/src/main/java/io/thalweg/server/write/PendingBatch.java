package io.thalweg.server.write;

import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import java.util.concurrent.CompletableFuture;

/**
 * One encoded batch on its way. Owned by the server's loop.
 *
 * <p>The caller hears at most once: when the batch is durable and ordered, when it is certain that
 * it is not stored, or, past the write timeout, that the outcome is unknown (not so changes of an
 * owned bucket). The batch's memory is held until the lane knows the outcome, whatever the caller
 * has heard.
 */
final class PendingBatch {
  /** Null where an owner's rows changed nothing. */
  final EncodedBatch batch;

  final OwnedWrite owned;
  final long deadlineNanos;
  final CompletableFuture<Reply.Stored> stored = new CompletableFuture<>();
  private final Runnable release;

  /**
   * A batch.
   *
   * @param owned of a bucket that this server owns; else null, and {@code batch} is there
   */
  PendingBatch(EncodedBatch batch, OwnedWrite owned, long deadlineNanos, Runnable release) {
    this.batch = batch;
    this.owned = owned;
    this.deadlineNanos = deadlineNanos;
    this.release = release;
  }

  TableBucket bucket() {
    return owned != null ? owned.bucket() : batch.header().bucket();
  }

  int length() {
    return batch == null ? 0 : batch.length();
  }

  /** What the log entry says about it. */
  Command.Entry entry(int position) {
    if (batch == null) {
      return new Command.Entry(owned.bucket(), 1, owned.claim(), 0, position, 0, 0, owned.writer());
    }
    BatchHeader header = batch.header();
    return new Command.Entry(
        header.bucket(),
        header.schemaId(),
        owned == null ? null : owned.claim(),
        header.recordCount(),
        position,
        header.length(),
        header.maxTimestamp(),
        header.writer());
  }

  void succeed(Reply.Stored result) {
    stored.complete(result);
    done();
  }

  void fail(ErrorCode code, String message) {
    stored.completeExceptionally(new ThalwegException(code, message));
    done();
  }

  /** Tells the caller that time is up. The lane goes on, so it may still be stored. */
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
    if (batch != null) {
      batch.close();
    }
    release.run();
  }
}
