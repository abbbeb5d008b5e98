package io.thalweg.chaos;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits, for real. Stateless. */
final class Pause {
  private Pause() {}

  /** Not less than so long. */
  static void millis(long millis) {
    long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
