package io.thalweg.chaos;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits in real time. Stateless. */
final class Pause {
  private Pause() {}

  /** Waits for at least this long. */
  static void millis(long millis) {
    long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
