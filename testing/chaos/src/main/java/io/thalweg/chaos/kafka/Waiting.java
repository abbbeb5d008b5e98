package io.thalweg.chaos.kafka;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits in real time. Stateless. */
final class Waiting {
  private static final long STEP_NANOS = Duration.ofMillis(50).toNanos();

  private Waiting() {}

  static void millis(long millis) {
    millis(millis, () -> false);
  }

  /** Waits for that long, or until {@code over}. */
  static void millis(long millis, BooleanSupplier over) {
    long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    for (long left = end - System.nanoTime();
        left > 0 && !over.getAsBoolean();
        left = end - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, STEP_NANOS));
    }
  }
}
