package io.thalweg.frontend.flight;

import io.thalweg.runtime.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until it is moved. Any thread. */
public final class SetClock implements Clock {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);

  /** Moves it. */
  public void advance(long by) {
    nanos.addAndGet(by);
  }

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  @Override
  public long wallMillis() {
    return 0;
  }
}
