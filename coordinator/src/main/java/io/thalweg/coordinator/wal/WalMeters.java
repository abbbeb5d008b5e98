package io.thalweg.coordinator.wal;

import io.thalweg.runtime.Clock;
import io.thalweg.runtime.meter.Counter;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.runtime.meter.Meter;
import io.thalweg.runtime.meter.Meter.Unit;
import io.thalweg.runtime.meter.Meters;
import java.util.List;

/** The meters of a log of our own. Its writer counts. */
public final class WalMeters {
  /** Time of a write. */
  public static final Meter WRITE_TIME =
      Meter.histogram(
          "coordinator.log.write.time",
          Unit.NANOS,
          "Time of one write of the log of thalweg dev, until the disk has it; each holds all entries that waited.");

  /** Bytes that were written. */
  public static final Meter WRITTEN =
      Meter.counter(
          "coordinator.log.written", Unit.BYTES, "Bytes written to the log of thalweg dev.");

  /** Every meter above. */
  public static final List<Meter> ALL = List.of(WRITE_TIME, WRITTEN);

  private final Clock clock;
  private final Histogram writeTime;
  private final Counter written;

  /** Of one log, whose time is {@code clock}. */
  public WalMeters(Clock clock, Meters meters) {
    this.clock = clock;
    this.writeTime = meters.histogram(WRITE_TIME);
    this.written = meters.counter(WRITTEN);
  }

  /** The time at which a write begins. */
  long begin() {
    return clock.nanoTime();
  }

  /** A write of {@code bytes} that began at {@code began} has ended. */
  void wrote(long began, long bytes) {
    writeTime.record(clock.nanoTime() - began);
    written.add(bytes);
  }
}
