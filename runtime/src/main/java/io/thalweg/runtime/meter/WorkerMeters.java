package io.thalweg.runtime.meter;

import java.util.List;

/** The meters of pools of worker threads. */
public final class WorkerMeters {
  /** Tasks that wait. */
  public static final Meter WAITING =
      Meter.gauge(
          "pool.waiting", Meter.Unit.NONE, "Tasks that wait for a thread of the pool.", "pool");

  /** Threads at work. */
  public static final Meter BUSY =
      Meter.gauge("pool.busy", Meter.Unit.NONE, "Threads of the pool that run a task.", "pool");

  /** All of them. */
  public static final List<Meter> ALL = List.of(WAITING, BUSY);

  private WorkerMeters() {}
}
