package io.thalweg.frontend.kafka.rows;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Runs what makes JSON of rows on other threads, of which not too many may wait. Any thread. */
public final class RowWorkers {
  /** Tasks that wait for a thread; one more is refused. */
  static final int MOST_WAITING = 1_000;

  private final Executor executor;
  private final AtomicInteger waiting = new AtomicInteger();

  /** Runs tasks on {@code executor}, which its owner closes. */
  public RowWorkers(Executor executor) {
    this.executor = executor;
  }

  /** Runs a task; fails with OVERLOADED, and does not run it, if too many wait. */
  public <T> CompletableFuture<T> run(Supplier<T> task) {
    if (waiting.incrementAndGet() > MOST_WAITING) {
      waiting.decrementAndGet();
      return CompletableFuture.failedFuture(
          new ThalwegException(
              ErrorCode.OVERLOADED,
              MOST_WAITING + " requests for tables of rows wait already; try again"));
    }
    return CompletableFuture.supplyAsync(
        () -> {
          waiting.decrementAndGet();
          return task.get();
        },
        executor);
  }
}
