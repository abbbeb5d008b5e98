package io.thalweg.frontend.kafka;

import io.thalweg.runtime.Clock;
import io.thalweg.runtime.SystemClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The system's clock, ahead by as much as a test says. Any thread. */
final class AheadClock implements Clock {
  private final Clock system = new SystemClock();
  private final AtomicLong aheadNanos = new AtomicLong();

  void advance(Duration by) {
    aheadNanos.addAndGet(by.toNanos());
  }

  @Override
  public long nanoTime() {
    return system.nanoTime() + aheadNanos.get();
  }

  @Override
  public long wallMillis() {
    return system.wallMillis() + Duration.ofNanos(aheadNanos.get()).toMillis();
  }
}
