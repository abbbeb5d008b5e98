package io.thalweg.server.meter;

import io.thalweg.runtime.meter.Counter;
import io.thalweg.runtime.meter.Gauge;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.runtime.meter.Meters;

/** The instruments of compaction. The server's loop. */
public final class BuildMeters {
  private final Counter builds;
  private final Counter bytes;
  private final Counter retired;
  private final Histogram time;
  private final Gauge reserved;

  /** Of one server. */
  public BuildMeters(Meters meters) {
    this.builds = meters.counter(ServerMeters.COMPACT_BUILDS);
    this.bytes = meters.counter(ServerMeters.COMPACT_BYTES);
    this.retired = meters.counter(ServerMeters.COMPACT_RETIRED);
    this.time = meters.histogram(ServerMeters.COMPACT_TIME);
    this.reserved = meters.gauge(ServerMeters.BUDGET_USED, "compact");
  }

  /** The builds under way may use {@code bytes} together. */
  public void reserved(long bytes) {
    reserved.set(bytes);
  }

  /** A segment was built and put. */
  public void built(long nanos) {
    time.record(nanos);
  }

  /** A segment of {@code length} bytes took the place of {@code runs} runs. */
  public void replaced(int runs, long length) {
    builds.increment();
    bytes.add(length);
    retired.add(runs);
  }
}
