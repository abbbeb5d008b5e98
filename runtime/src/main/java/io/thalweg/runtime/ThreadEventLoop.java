package io.thalweg.runtime;

import io.thalweg.runtime.meter.LoopMeters;
import io.thalweg.runtime.meter.Meters;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An {@link EventLoop} on a daemon thread of its own.
 *
 * <p>A task that throws is a bug: the failure goes to the handler given at construction. In a
 * server the handler ends the process, because the state may have changed by half.
 */
public final class ThreadEventLoop implements EventLoop, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ThreadEventLoop.class);

  private final ScheduledThreadPoolExecutor executor;
  private final Consumer<Throwable> onFailure;
  private final LoopMeters meters;
  private volatile Thread thread;

  /** A loop without meters. */
  public ThreadEventLoop(String name, Consumer<Throwable> onFailure) {
    this(name, onFailure, Meters.NONE);
  }

  /** A loop whose thread is called {@code name}; {@code onFailure} gets the failures of tasks. */
  public ThreadEventLoop(String name, Consumer<Throwable> onFailure, Meters meters) {
    this.onFailure = onFailure;
    this.executor =
        new ScheduledThreadPoolExecutor(
            1,
            runnable -> {
              Thread created = new Thread(runnable, name);
              created.setDaemon(true);
              thread = created;
              return created;
            });
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.meters = new LoopMeters(meters, name, () -> executor.getQueue().size());
  }

  /** A loop that logs failures and continues; for clients, where no durable state is at stake. */
  public static ThreadEventLoop logging(String name) {
    return new ThreadEventLoop(name, failure -> log.error("task failed on loop {}", name, failure));
  }

  @Override
  public void execute(Runnable task) {
    try {
      long due = System.nanoTime();
      executor.execute(() -> run(task, due));
    } catch (RejectedExecutionException closed) {
      log.debug("task dropped, loop closed");
    }
  }

  @Override
  public Cancellable schedule(long delayNanos, Runnable task) {
    try {
      long due = System.nanoTime() + delayNanos;
      ScheduledFuture<?> scheduled =
          executor.schedule(() -> run(task, due), delayNanos, TimeUnit.NANOSECONDS);
      return () -> scheduled.cancel(false);
    } catch (RejectedExecutionException closed) {
      log.debug("timer dropped, loop closed");
      return () -> {};
    }
  }

  @Override
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  private void run(Runnable task, long dueNanos) {
    long began = System.nanoTime();
    try {
      task.run();
    } catch (RuntimeException | Error failure) {
      onFailure.accept(failure);
    }
    meters.ran(dueNanos, began, System.nanoTime());
  }

  /** Drops waiting tasks, and waits at most ten seconds for the running one. */
  @Override
  public void close() {
    executor.shutdownNow();
    if (inLoop()) {
      return;
    }
    try {
      if (!executor.awaitTermination(10, TimeUnit.SECONDS)) {
        log.warn("event loop did not end within 10 s");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
