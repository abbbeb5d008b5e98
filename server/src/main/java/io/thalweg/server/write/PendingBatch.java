package io.thalweg.server.write;

import io.thalweg.coordinator.state.Reply;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import java.util.concurrent.CompletableFuture;

/**
 * One encoded batch on its way. Owned by the server's loop.
 *
 * <p>The caller hears at most once: when the batch is durable and ordered, when it is certain that
 * it is not stored, or, past the write timeout, that the outcome is unknown. The batch's memory is
 * held until the lane knows the outcome, whatever the caller has heard.
 */
final class PendingBatch {
  final EncodedBatch batch;
  final long deadlineNanos;
  final CompletableFuture<Reply.Stored> stored = new CompletableFuture<>();
  private final Runnable release;

  PendingBatch(EncodedBatch batch, long deadlineNanos, Runnable release) {
    this.batch = batch;
    this.deadlineNanos = deadlineNanos;
    this.release = release;
  }

  TableBucket bucket() {
    return batch.header().bucket();
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
    stored.completeExceptionally(
        new ThalwegException(
            ErrorCode.UNKNOWN_OUTCOME,
            "the batch was not decided in time; it may or may not be stored"));
  }

  private void done() {
    batch.close();
    release.run();
  }
}
