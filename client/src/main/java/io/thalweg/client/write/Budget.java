package io.thalweg.client.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** A limit on bytes that callers wait for. Any thread; takes no lock while there is room. */
final class Budget {
  private final Clock clock;
  private final long limit;
  private final AtomicLong used = new AtomicLong();
  // Written under the monitor. Whoever waits says so before it looks again for room, and whoever
  // gives back looks for waiting ones after that: one of the two sees the other.
  private volatile int waiting;
  private volatile boolean closed;

  Budget(Clock clock, long limit) {
    this.clock = clock;
    this.limit = limit;
  }

  /**
   * Takes {@code bytes}, waiting for room. While nothing is used, it grants even more than the
   * limit.
   */
  void take(long bytes, long timeoutNanos) {
    if (closed) {
      throw closedError();
    }
    if (!tryTake(bytes)) {
      await(bytes, timeoutNanos);
    }
  }

  private boolean tryTake(long bytes) {
    long before = used.get();
    while (before == 0 || before + bytes <= limit) {
      if (used.compareAndSet(before, before + bytes)) {
        return true;
      }
      before = used.get();
    }
    return false;
  }

  private synchronized void await(long bytes, long timeoutNanos) {
    long deadline = clock.nanoTime() + timeoutNanos;
    waiting++;
    try {
      while (!tryTake(bytes)) {
        if (closed) {
          throw closedError();
        }
        long left = deadline - clock.nanoTime();
        if (left <= 0) {
          throw new ThalwegException(
              ErrorCode.OVERLOADED,
              used
                  + " bytes wait for acknowledgement, the limit is "
                  + limit
                  + "; the cluster is slower than this writer");
        }
        wait(Math.max(1, left / 1_000_000));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new ThalwegException(
          ErrorCode.CLOSING, "interrupted while waiting for room", interrupted);
    } finally {
      waiting--;
    }
  }

  private static ThalwegException closedError() {
    return new ThalwegException(ErrorCode.CLOSING, "the writer is closed");
  }

  void giveBack(long bytes) {
    used.addAndGet(-bytes);
    if (waiting > 0) {
      wake();
    }
  }

  private synchronized void wake() {
    notifyAll();
  }

  void close() {
    closed = true;
    wake();
  }

  long used() {
    return used.get();
  }
}
