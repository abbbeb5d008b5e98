package io.thalweg.server.api.aggregate;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The tasks of one stream, which run one after the other. Any thread.
 *
 * @param sequence runs them
 * @param pool whose threads the sequence uses
 */
public record Tasks(Executor sequence, Executor pool) {
  /**
   * Runs {@code task} as one of the sequence.
   *
   * @param instead runs, on this thread, if the pool has shut down
   */
  public void run(Runnable task, Runnable instead) {
    try {
      sequence.execute(task);
    } catch (RejectedExecutionException closing) {
      instead.run();
    }
  }

  /** Runs {@code task} in the sequence, once the other streams that wait for a thread had one. */
  void later(Runnable task) {
    try {
      pool.execute(() -> run(task, () -> {}));
    } catch (RejectedExecutionException closing) {
      // The pool has shut down, and the stream was cut.
    }
  }
}
