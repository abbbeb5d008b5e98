package io.thalweg.runtime.meter;

import java.util.concurrent.atomic.LongAdder;

/** Counts what only grows. Any thread. */
public final class Counter implements Instrument {
  private final LongAdder value = new LongAdder();

  /** One more. */
  public void increment() {
    value.increment();
  }

  /** {@code more} more, at least 0. */
  public void add(long more) {
    value.add(more);
  }

  /** What was counted so far. */
  public long value() {
    return value.sum();
  }
}
