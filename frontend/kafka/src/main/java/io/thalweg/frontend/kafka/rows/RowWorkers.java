package io.thalweg.frontend.kafka.rows;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs what makes JSON of rows, on few threads. Any thread may call. */
public final class RowWorkers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RowWorkers.class);

  /** Tasks that wait for a thread; one more is refused. */
  private static final int MOST_WAITING = 1_000;

  private static final long IDLE_SECONDS = 60;
  private static final long END_SECONDS = 10;

  private final Executor executor;
  private final Runnable end;

  private RowWorkers(Executor executor, Runnable end) {
    this.executor = executor;
    this.end = end;
  }

  /** Workers that begin threads when there is something to do. */
  public static RowWorkers start(int threads) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            task -> {
              Thread thread = new Thread(task, "kafka-rows-" + number.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return new RowWorkers(pool, () -> end(pool));
  }

  private static void end(ThreadPoolExecutor pool) {
    pool.shutdown();
    try {
      if (!pool.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        log.warn("a task for a table of rows does not end within {} s", END_SECONDS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Workers over {@code executor}, which refuses what is too much. */
  static RowWorkers on(Executor executor) {
    return new RowWorkers(executor, () -> {});
  }

  /** Runs a task; fails with OVERLOADED, and does not run it, if too many wait. */
  public <T> CompletableFuture<T> run(Supplier<T> task) {
    try {
      return CompletableFuture.supplyAsync(task, executor);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.failedFuture(
          new ThalwegException(
              ErrorCode.OVERLOADED,
              MOST_WAITING + " requests for tables of rows wait already; try again"));
    }
  }

  /** Lets what was begun end. */
  @Override
  public void close() {
    end.run();
  }
}
