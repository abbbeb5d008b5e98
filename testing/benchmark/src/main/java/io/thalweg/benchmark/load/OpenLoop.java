package io.thalweg.benchmark.load;

import java.util.concurrent.locks.LockSupport;

/**
 * Does steps at planned times, whether or not earlier ones were late. A step learns when it was due
 * and not when it ran; so a stall lengthens all latencies that it should. One thread.
 */
public final class OpenLoop {
  private static final long MOST_LATE_NANOS = 30_000_000_000L;

  private OpenLoop() {}

  /** One step: its number and the time at which it was due. */
  public interface Step {
    /** Does one step. */
    void at(long number, long due);
  }

  /**
   * Does {@code count} steps, so many a second, and returns when a next one would be due. Gives up
   * when it is half a minute late.
   *
   * @return how many steps it did
   */
  public static long run(int perSecond, long count, Step step) {
    long begun = System.nanoTime();
    for (long number = 0; number < count; number++) {
      long due = begun + number * 1_000_000_000L / perSecond;
      if (waitUntil(due) > MOST_LATE_NANOS) {
        return number;
      }
      step.at(number, due);
    }
    var unused = waitUntil(begun + count * 1_000_000_000L / perSecond);
    return count;
  }

  /** Waits without a core, which the server can use; says by how much it is too late. */
  private static long waitUntil(long time) {
    long left = time - System.nanoTime();
    for (; left > 0; left = time - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return -left;
  }
}
