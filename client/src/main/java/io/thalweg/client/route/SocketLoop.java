package io.thalweg.client.route;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.thalweg.runtime.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that serves a connection's sockets, as a loop: a call that it sends, and the answer
 * that arrives on it, need no change of thread. It logs failures and continues. The owner of the
 * sockets closes it.
 */
public final class SocketLoop implements EventLoop {
  private static final Logger log = LoggerFactory.getLogger(SocketLoop.class);

  private final EventExecutor thread;

  public SocketLoop(EventExecutor thread) {
    this.thread = thread;
  }

  @Override
  public void execute(Runnable task) {
    try {
      thread.execute(() -> run(task));
    } catch (RejectedExecutionException closed) {
      log.debug("task dropped, the connection is closed");
    }
  }

  @Override
  public Cancellable schedule(long delayNanos, Runnable task) {
    try {
      Future<?> scheduled =
          thread.schedule(() -> run(task), Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
      return () -> scheduled.cancel(false);
    } catch (RejectedExecutionException closed) {
      log.debug("timer dropped, the connection is closed");
      return () -> {};
    }
  }

  @Override
  public boolean inLoop() {
    return thread.inEventLoop();
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error failure) {
      log.error("task failed on the loop of a connection's sockets", failure);
    }
  }
}
