package io.thalweg.objectstore.fs;

import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs blocking I/O on a few daemon threads behind a bounded queue. Any thread may call. */
final class IoPool {
  private static final Logger log = LoggerFactory.getLogger(IoPool.class);
  private static final int CLOSE_WAIT_SECONDS = 10;

  private final int queueLimit;
  private final ThreadPoolExecutor executor;

  /**
   * Starts no thread before it is needed.
   *
   * @param whenEnded runs once, after close and the last call
   */
  IoPool(String name, int threads, int queueLimit, Runnable whenEnded) {
    this.queueLimit = queueLimit;
    AtomicInteger count = new AtomicInteger();
    this.executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queueLimit),
            task -> new PoolThread(this, task, name + "-" + count.incrementAndGet())) {
          @Override
          protected void terminated() {
            whenEnded.run();
          }
        };
  }

  /** Blocking work. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  /**
   * Runs {@code work} on a thread of the pool, where the future also completes. If the queue is
   * full, the call fails at once.
   *
   * @param operation the operation and its key, for messages
   */
  <T> CompletableFuture<T> submit(String operation, Work<T> work) {
    Task<T> task = new Task<>(operation, work);
    try {
      executor.execute(task);
    } catch (RejectedExecutionException rejected) {
      task.future.completeExceptionally(
          executor.isShutdown()
              ? closed(operation)
              : new ObjectStoreException(
                  Kind.THROTTLED,
                  "%s: %d calls are waiting already; retry later, or raise the queue limit"
                      .formatted(operation, queueLimit)));
    }
    return task.future;
  }

  /** Fails waiting calls, and waits at most ten seconds for the running ones. */
  void close() {
    executor.shutdown();
    List<Runnable> waiting = new ArrayList<>();
    executor.getQueue().drainTo(waiting);
    for (Runnable runnable : waiting) {
      Task<?> task = (Task<?>) runnable;
      task.future.completeExceptionally(closed(task.operation));
    }
    if (Thread.currentThread() instanceof PoolThread thread && thread.pool == this) {
      return;
    }
    try {
      if (!executor.awaitTermination(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS)) {
        log.warn("object store I/O did not end within {} s", CLOSE_WAIT_SECONDS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static ObjectStoreException closed(String operation) {
    return new ObjectStoreException(Kind.UNAVAILABLE, operation + ": the store is closed");
  }

  private static final class Task<T> implements Runnable {
    final String operation;
    final Work<T> work;
    final CompletableFuture<T> future = new CompletableFuture<>();

    Task(String operation, Work<T> work) {
      this.operation = operation;
      this.work = work;
    }

    @Override
    public void run() {
      T value;
      try {
        value = work.run();
      } catch (ObjectStoreException failure) {
        future.completeExceptionally(failure);
        return;
      } catch (IOException failure) {
        future.completeExceptionally(IoFailures.beforeEffect(operation, failure));
        return;
      } catch (RuntimeException | Error failure) {
        log.error("{} failed in an unforeseen way", operation, failure);
        future.completeExceptionally(IoFailures.unknownOutcome(operation, failure));
        return;
      }
      future.complete(value);
    }
  }

  /** Shows {@link #close} that its caller is a call of the pool itself. */
  private static final class PoolThread extends Thread {
    final IoPool pool;

    PoolThread(IoPool pool, Runnable task, String name) {
      super(task, name);
      this.pool = pool;
      setDaemon(true);
    }
  }
}
