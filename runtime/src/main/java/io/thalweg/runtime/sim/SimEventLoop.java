package io.thalweg.runtime.sim;

import io.thalweg.runtime.EventLoop;

/**
 * A simulated {@link EventLoop}. Stopping one simulates the death of its process: none of its
 * pending tasks ever runs. Pausing one simulates a process that stands still: tasks that become due
 * meanwhile run after the pause, in the order in which they were due.
 */
public final class SimEventLoop implements EventLoop {
  private final SimScheduler scheduler;
  private final String name;
  private final SimEventLoop first;
  private final long tieSalt;
  private boolean stopped;
  private long pausedUntilNanos;
  private long postponedUntilNanos;

  /**
   * A loop.
   *
   * @param first another loop of the same process; null for the first one
   */
  SimEventLoop(SimScheduler scheduler, String name, SimEventLoop first, long tieSalt) {
    this.scheduler = scheduler;
    this.name = name;
    this.first = first;
    this.tieSalt = tieSalt;
  }

  @Override
  public void execute(Runnable task) {
    scheduler.add(this, 0, task);
  }

  @Override
  public Cancellable schedule(long delayNanos, Runnable task) {
    return scheduler.add(this, delayNanos, task);
  }

  @Override
  public boolean inLoop() {
    return scheduler.isRunning(this);
  }

  /** Drops everything pending and to come, here and in the loops beside this one. */
  public void stop() {
    stopped = true;
  }

  /** Whether {@link #stop} was called, here or on the process's first loop. */
  public boolean isStopped() {
    return stopped || (first != null && first.isStopped());
  }

  /** Runs nothing for {@code nanos} from now, nor do the loops beside this one. */
  public void pause(long nanos) {
    pausedUntilNanos = Math.max(pausedUntilNanos, scheduler.nanoTime() + nanos);
  }

  long pausedUntilNanos() {
    return first == null ? pausedUntilNanos : Math.max(pausedUntilNanos, first.pausedUntilNanos());
  }

  /**
   * To when a task is put off while this loop is paused: where others were put off before, to the
   * same time, so that tasks keep their order when a pause grows longer.
   */
  long postponeUntil(long nowNanos) {
    if (postponedUntilNanos <= nowNanos) {
      postponedUntilNanos = pausedUntilNanos();
    }
    return postponedUntilNanos;
  }

  /**
   * The die of this loop for one instant: the same however often it is asked for, so that tasks of
   * one loop keep their order.
   */
  int tieBreak(long dueNanos) {
    long mixed = (dueNanos ^ tieSalt) * 0x9e3779b97f4a7c15L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xd6e8feb86659fd93L;
    return (int) (mixed >>> 48);
  }

  @Override
  public String toString() {
    return name;
  }
}
