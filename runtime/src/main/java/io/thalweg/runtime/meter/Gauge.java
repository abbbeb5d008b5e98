package io.thalweg.runtime.meter;

import java.util.concurrent.atomic.AtomicLong;

/** Shows the latest value that its one writer set. One thread writes, any thread reads. */
public final class Gauge implements Instrument {
  private final AtomicLong value = new AtomicLong();

  /** Shows {@code now} from now on. */
  public void set(long now) {
    value.setOpaque(now);
  }

  /** The latest value. */
  public long value() {
    return value.getOpaque();
  }
}
