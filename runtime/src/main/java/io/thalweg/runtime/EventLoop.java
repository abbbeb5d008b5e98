package io.thalweg.runtime;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/**
 * Runs tasks one at a time, in the order given. Only its tasks touch the state that a loop owns, so
 * the state needs no lock.
 */
public interface EventLoop extends Executor {

  /**
   * Runs {@code task} after the tasks given before it. Any thread may call. A task given after the
   * loop closed is dropped.
   */
  @Override
  void execute(Runnable task);

  /**
   * Runs {@code task} once, at least {@code delayNanos} (≥ 0) from now. Any thread may call.
   *
   * @return cancels the task if it has not begun
   */
  Cancellable schedule(long delayNanos, Runnable task);

  /** Whether the caller runs on this loop. */
  boolean inLoop();

  /** Asserts that the caller runs on this loop. */
  default void assertInLoop() {
    if (!inLoop()) {
      throw new IllegalStateException("state of this event loop touched from another thread");
    }
  }

  /**
   * Runs {@code then} on this loop once {@code stage} completes: with its value, or with its
   * failure (unwrapped); the other argument is null.
   */
  default <T> void handle(CompletionStage<T> stage, BiConsumer<? super T, ? super Throwable> then) {
    var unused =
        stage.whenComplete(
            (value, failure) -> execute(() -> then.accept(value, unwrapped(failure))));
  }

  /** The failure of a stage, without the wrappers of later stages; null for null. */
  static Throwable unwrapped(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** Cancels a scheduled task. */
  @FunctionalInterface
  interface Cancellable {
    /** Does nothing if the task has run or was cancelled already. */
    void cancel();
  }
}
