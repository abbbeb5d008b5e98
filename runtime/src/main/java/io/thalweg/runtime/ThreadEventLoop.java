package io.thalweg.runtime;

import io.thalweg.runtime.meter.LoopMeters;
import io.thalweg.runtime.meter.Meters;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An {@link EventLoop} on a daemon thread of its own. A second thread waits for its timers and
 * gives their tasks to the first, so that tasks without a delay need no heap.
 *
 * <p>A task that throws is a bug: the failure goes to the handler given at construction. In a
 * server the handler ends the process, because the state may have changed by half.
 */
public final class ThreadEventLoop implements EventLoop, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ThreadEventLoop.class);

  /** Tasks that are taken from the queue at once. */
  private static final int BATCH = 256;

  private static final long END_MILLIS = 10_000;

  private final LinkedBlockingQueue<Task> tasks = new LinkedBlockingQueue<>();
  private final ScheduledThreadPoolExecutor timers;
  private final Thread thread;
  private final Consumer<Throwable> onFailure;
  private final LoopMeters meters;
  private volatile boolean closed;

  /** What is to run, and when it was due. */
  private record Task(Runnable work, long dueNanos) {}

  /** A loop without meters. */
  public ThreadEventLoop(String name, Consumer<Throwable> onFailure) {
    this(name, onFailure, Meters.NONE);
  }

  /** A loop whose thread is called {@code name}; {@code onFailure} gets the failures of tasks. */
  public ThreadEventLoop(String name, Consumer<Throwable> onFailure, Meters meters) {
    this.onFailure = onFailure;
    this.thread = daemon(this::work, name);
    this.timers = new ScheduledThreadPoolExecutor(1, timer -> daemon(timer, name + "-timer"));
    timers.setRemoveOnCancelPolicy(true);
    timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.meters = new LoopMeters(meters, name, tasks::size);
    thread.start();
  }

  private static Thread daemon(Runnable work, String name) {
    Thread made = new Thread(work, name);
    made.setDaemon(true);
    return made;
  }

  /** A loop that logs failures and continues; for clients, where no durable state is at stake. */
  public static ThreadEventLoop logging(String name) {
    return new ThreadEventLoop(name, failure -> log.error("task failed on loop {}", name, failure));
  }

  @Override
  public void execute(Runnable task) {
    if (closed) {
      log.debug("task dropped, loop closed");
    } else {
      tasks.add(new Task(task, System.nanoTime()));
    }
  }

  @Override
  public Cancellable schedule(long delayNanos, Runnable task) {
    long due = System.nanoTime() + delayNanos;
    AtomicBoolean ended = new AtomicBoolean();
    Runnable once =
        () -> {
          if (ended.compareAndSet(false, true)) {
            task.run();
          }
        };
    try {
      ScheduledFuture<?> timer =
          timers.schedule(() -> tasks.add(new Task(once, due)), delayNanos, TimeUnit.NANOSECONDS);
      return () -> {
        if (ended.compareAndSet(false, true)) {
          timer.cancel(false);
        }
      };
    } catch (RejectedExecutionException late) {
      log.debug("timer dropped, loop closed");
      return () -> {};
    }
  }

  @Override
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  private void work() {
    List<Task> batch = new ArrayList<>();
    while (!closed) {
      try {
        batch.add(tasks.take());
      } catch (InterruptedException left) {
        continue; // by close, or by a task that was interrupted and said so
      }
      tasks.drainTo(batch, BATCH - 1);
      batch.forEach(this::run);
      batch.clear();
    }
  }

  private void run(Task task) {
    if (closed) {
      return;
    }
    long began = System.nanoTime();
    try {
      task.work.run();
    } catch (RuntimeException | Error failure) {
      report(failure);
    }
    if (Thread.interrupted() && !closed) {
      log.debug("a task left its interrupt, which is not for the next one");
    }
    meters.ran(task.dueNanos, began, System.nanoTime());
  }

  private void report(Throwable failure) {
    try {
      onFailure.accept(failure);
    } catch (RuntimeException | Error another) {
      log.error("the handler of a failed task failed", another);
    }
  }

  /** Drops waiting tasks, and waits at most ten seconds for the running one. */
  @Override
  public void close() {
    closed = true;
    timers.shutdownNow();
    tasks.clear();
    if (inLoop()) {
      return;
    }
    thread.interrupt();
    try {
      thread.join(END_MILLIS);
      if (thread.isAlive()) {
        log.warn("event loop did not end within {} ms", END_MILLIS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
