package io.thalweg.runtime;

import java.util.concurrent.Executor;

/**
 * Runs tasks one at a time, in the order given. The state a loop owns is touched by its tasks only,
 * so it needs no lock.
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

  /** Takes back something that was scheduled. */
  @FunctionalInterface
  interface Cancellable {
    /** Does nothing when it has run or was cancelled already. */
    void cancel();
  }
}
