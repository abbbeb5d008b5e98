package io.thalweg.runtime.meter;

import java.util.List;
import java.util.function.LongSupplier;

/** The meters of event loops, and the instruments of one loop. The loop's thread counts. */
public final class LoopMeters {
  /** Tasks that wait. */
  public static final Meter QUEUE =
      Meter.gauge(
          "loop.queue", Meter.Unit.NONE, "Tasks and timers that wait for the loop.", "loop");

  /** From due to run. */
  public static final Meter DELAY =
      Meter.histogram(
          "loop.delay", Meter.Unit.NANOS, "Time from when a task is due until it runs.", "loop");

  /** Time spent on tasks. */
  public static final Meter BUSY =
      Meter.counter(
          "loop.busy",
          Meter.Unit.NANOS,
          "Time that tasks ran; its rate is the share of a core that the loop uses.",
          "loop");

  /** All of them. */
  public static final List<Meter> ALL = List.of(QUEUE, DELAY, BUSY);

  private final Histogram delay;
  private final Counter busy;

  /** The instruments of the loop {@code name}, whose queue is as long as {@code queue} says. */
  public LoopMeters(Meters meters, String name, LongSupplier queue) {
    meters.watch(QUEUE, queue, name);
    this.delay = meters.histogram(DELAY, name);
    this.busy = meters.counter(BUSY, name);
  }

  /** A task ran: when it was due, when it began and when it ended, on the same clock. */
  public void ran(long dueNanos, long beganNanos, long endedNanos) {
    delay.record(beganNanos - dueNanos);
    busy.add(endedNanos - beganNanos);
  }
}
