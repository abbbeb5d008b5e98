package io.thalweg.node;

import com.sun.management.OperatingSystemMXBean;
import io.thalweg.runtime.Clock;
import java.lang.management.ManagementFactory;
import java.util.function.BooleanSupplier;

/**
 * Says whether the processors of the machine, or of the container, have been busy lately. Asks the
 * system a few times a second at most. Any thread.
 */
final class ProcessorLoad implements BooleanSupplier {
  private static final double BUSY = 0.85;
  private static final long PERIOD_NANOS = 250_000_000L;

  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private final Clock clock;
  private long askedAt;
  private double load;

  /** Not busy until it was asked twice. */
  ProcessorLoad(Clock clock) {
    this.clock = clock;
    this.askedAt = clock.nanoTime();
    this.load = 0;
  }

  @Override
  public synchronized boolean getAsBoolean() {
    long now = clock.nanoTime();
    if (now - askedAt >= PERIOD_NANOS) {
      askedAt = now;
      // The load since the last call; negative or no number where the system does not tell.
      double since = system.getCpuLoad();
      load = since >= 0 ? since : 0;
    }
    return load >= BUSY;
  }
}
