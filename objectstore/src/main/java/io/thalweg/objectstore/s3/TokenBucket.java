package io.thalweg.objectstore.s3;

import io.thalweg.runtime.Clock;

/**
 * Spreads requests over time: it limits the average rate per second, and lets one second's requests
 * through at once after a pause. Belongs to the store's loop.
 */
final class TokenBucket {
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final Clock clock;
  private final long intervalNanos;
  private final long burstNanos;
  private long nextFreeNanos;

  TokenBucket(Clock clock, int perSecond) {
    this.clock = clock;
    this.intervalNanos = SECOND_NANOS / perSecond;
    this.burstNanos = SECOND_NANOS - intervalNanos;
    this.nextFreeNanos = clock.nanoTime() - burstNanos;
  }

  /** Takes the next free place; returns how many nanoseconds from now it is. */
  long reserveNanos() {
    long now = clock.nanoTime();
    long place = nextFreeNanos - (now - burstNanos) < 0 ? now - burstNanos : nextFreeNanos;
    nextFreeNanos = place + intervalNanos;
    return Math.max(0, place - now);
  }
}
