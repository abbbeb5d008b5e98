package io.thalweg.runtime;

import io.thalweg.runtime.meter.Meters;
import io.thalweg.runtime.meter.WorkerMeters;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks on several daemon threads, each task on the first free thread. Callers bound how many
 * tasks wait. Any thread may call.
 *
 * <p>A task that throws is a bug: the failure goes to the handler given at construction, as with
 * {@link ThreadEventLoop}.
 */
public final class WorkerPool implements Executor, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WorkerPool.class);

  private final ThreadPoolExecutor executor;
  private final Consumer<Throwable> onFailure;

  /** A pool of {@code threads}, called {@code name} and a number; they start when needed. */
  public WorkerPool(String name, int threads, Consumer<Throwable> onFailure, Meters meters) {
    this.onFailure = onFailure;
    AtomicInteger count = new AtomicInteger();
    this.executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            runnable -> {
              Thread created = new Thread(runnable, name + "-" + count.incrementAndGet());
              created.setDaemon(true);
              return created;
            });
    executor.allowCoreThreadTimeOut(true);
    meters.watch(WorkerMeters.WAITING, () -> executor.getQueue().size(), name);
    meters.watch(WorkerMeters.BUSY, executor::getActiveCount, name);
  }

  /** Runs {@code task} soon. A task given after the pool closed is dropped. */
  @Override
  public void execute(Runnable task) {
    try {
      executor.execute(() -> run(task));
    } catch (RejectedExecutionException closed) {
      log.debug("task dropped, pool closed");
    }
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error failure) {
      onFailure.accept(failure);
    }
  }

  /** Drops waiting tasks, and waits at most ten seconds for the running ones. */
  @Override
  public void close() {
    executor.shutdownNow();
    try {
      if (!executor.awaitTermination(10, TimeUnit.SECONDS)) {
        log.warn("worker pool did not end within 10 s");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
