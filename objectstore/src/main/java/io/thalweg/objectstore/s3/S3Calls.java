package io.thalweg.objectstore.s3;

import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.RandomSource;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Runs calls within the limits: it admits each call, spaces the attempts, repeats a failed one if
 * that may help, and decides how the call ended. Any thread may call; state belongs to the loop,
 * where futures complete. A call's future never completes while an attempt of it is under way.
 */
final class S3Calls {
  private final EventLoop loop;
  private final Admission admission;
  private final TokenBucket bucket;
  private final RetrySchedule retries;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private boolean closing;

  S3Calls(
      EventLoop loop,
      Clock clock,
      RandomSource random,
      S3ObjectStoreConfig.Limits limits,
      S3ObjectStoreConfig.Retry retry) {
    this.loop = loop;
    this.admission = new Admission(limits);
    this.bucket = new TokenBucket(clock, limits.requestsPerSecond());
    this.retries = new RetrySchedule(retry, random);
  }

  /** One attempt. */
  @FunctionalInterface
  interface Attempt<T> {
    /**
     * Begins the attempt; the future may complete on any thread.
     *
     * @param mayStand whether an earlier attempt of the same call may have had its effect
     */
    CompletableFuture<T> begin(boolean mayStand);
  }

  /**
   * Runs a call that changes something. A second execution of it must be harmless.
   *
   * @param operation the operation and its key, for messages
   * @param bytes of content
   */
  <T> CompletableFuture<T> change(String operation, long bytes, Attempt<T> attempt) {
    return run(new Call<>(operation, true, bytes, attempt));
  }

  /** Runs a call that changes nothing, so its outcome is never unknown. */
  <T> CompletableFuture<T> read(String operation, long bytes, Attempt<T> attempt) {
    return run(new Call<>(operation, false, bytes, attempt));
  }

  /** Refuses waiting and later calls; completes once no call is running. */
  CompletableFuture<Void> close() {
    loop.execute(
        () -> {
          closing = true;
          admission.refuseWaiting();
          completeIfEnded();
        });
    return ended;
  }

  /** The failure of a call after the end. */
  static ObjectStoreException closed(String operation) {
    return new ObjectStoreException(Kind.UNAVAILABLE, operation + ": the store is closed");
  }

  private <T> CompletableFuture<T> run(Call<T> call) {
    loop.execute(call::enter);
    return call.future;
  }

  private void completeIfEnded() {
    if (closing && admission.running() == 0) {
      ended.complete(null);
    }
  }

  /** State of one call. */
  private final class Call<T> {
    final String operation;
    final boolean changes;
    final long bytes;
    final Attempt<T> attempt;
    final CompletableFuture<T> future = new CompletableFuture<>();
    private int made;
    private boolean mayStand;
    private ObjectStoreException earlier;

    Call(String operation, boolean changes, long bytes, Attempt<T> attempt) {
      this.operation = operation;
      this.changes = changes;
      this.bytes = bytes;
      this.attempt = attempt;
    }

    void enter() {
      if (closing) {
        future.completeExceptionally(closed(operation));
        return;
      }
      boolean admitted =
          admission.admit(
              bytes, () -> begin(0), () -> future.completeExceptionally(closed(operation)));
      if (!admitted) {
        future.completeExceptionally(
            new ObjectStoreException(
                Kind.THROTTLED,
                operation
                    + ": too many calls are waiting already; retry later, or raise"
                    + " objectstore.s3.queue.limit"));
      }
    }

    private void begin(long backoffNanos) {
      long nanos = Math.max(backoffNanos, bucket.reserveNanos());
      if (nanos == 0) {
        attempt();
      } else {
        var unused = loop.schedule(nanos, this::attempt);
      }
    }

    private void attempt() {
      if (closing && made > 0) {
        end(closed(operation));
        return;
      }
      made++;
      CompletableFuture<T> result;
      try {
        result = attempt.begin(mayStand);
      } catch (RuntimeException refused) {
        result = CompletableFuture.failedFuture(refused);
      }
      loop.handle(result, this::heard);
    }

    private void heard(T value, Throwable thrown) {
      if (thrown == null) {
        retries.succeeded();
        admission.ended(bytes);
        future.complete(value);
        completeIfEnded();
        return;
      }
      boolean waitedInVain = earlier != null && S3Failures.isAcquireTimeout(thrown);
      // The client forgets a wait for a connection if another was just refused. Then the earlier
      // failure, the refusal, says more than the timeout.
      ObjectStoreException failure = waitedInVain ? earlier : S3Failures.of(operation, thrown);
      earlier = failure;
      mayStand |= failure.kind() == Kind.UNKNOWN_OUTCOME;
      boolean mayHelp = failure.kind().retryable() && failure.kind() != Kind.NO_SPACE && !closing;
      OptionalLong wait = mayHelp ? retries.nextNanos(made) : OptionalLong.empty();
      if (wait.isPresent()) {
        begin(wait.getAsLong());
      } else {
        end(failure);
      }
    }

    private void end(ObjectStoreException failure) {
      admission.ended(bytes);
      future.completeExceptionally(told(failure));
      completeIfEnded();
    }

    private ObjectStoreException told(ObjectStoreException failure) {
      Kind kind = failure.kind();
      if (!changes && kind == Kind.UNKNOWN_OUTCOME) {
        kind = Kind.UNAVAILABLE;
      } else if (changes && mayStand && kind != Kind.INVALID) {
        kind = Kind.UNKNOWN_OUTCOME;
      }
      return kind == failure.kind() && made <= 1
          ? failure
          : new ObjectStoreException(
              kind,
              failure.getMessage() + (made > 1 ? ", after " + made + " attempts" : ""),
              failure);
    }
  }
}
