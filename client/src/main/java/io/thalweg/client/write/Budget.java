package io.thalweg.client.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.Clock;

/** A limit on bytes that callers wait for. Any thread. */
final class Budget {
  private final Clock clock;
  private final long limit;
  private long used;
  private boolean closed;

  Budget(Clock clock, long limit) {
    this.clock = clock;
    this.limit = limit;
  }

  /**
   * Takes {@code bytes}, waiting for room. While nothing is used, it grants even more than the
   * limit.
   */
  synchronized void take(long bytes, long timeoutNanos) {
    long deadline = clock.nanoTime() + timeoutNanos;
    while (!closed && used > 0 && used + bytes > limit) {
      long left = deadline - clock.nanoTime();
      if (left <= 0) {
        throw new ThalwegException(
            ErrorCode.OVERLOADED,
            used
                + " bytes wait for acknowledgement, the limit is "
                + limit
                + "; the cluster is slower than this writer");
      }
      try {
        wait(Math.max(1, left / 1_000_000));
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new ThalwegException(
            ErrorCode.CLOSING, "interrupted while waiting for room", interrupted);
      }
    }
    if (closed) {
      throw new ThalwegException(ErrorCode.CLOSING, "the writer is closed");
    }
    used += bytes;
  }

  synchronized void giveBack(long bytes) {
    used -= bytes;
    notifyAll();
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  synchronized long used() {
    return used;
  }
}
