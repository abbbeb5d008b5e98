package io.thalweg.runtime.sim;

import io.thalweg.runtime.EventLoop;

/**
 * A simulated {@link EventLoop}. Stopping one is how a simulated process dies: nothing that it had
 * pending ever runs.
 */
public final class SimEventLoop implements EventLoop {
  private final SimScheduler scheduler;
  private final String name;
  private boolean stopped;
  private long tieInstant = -1;
  private int tie;

  SimEventLoop(SimScheduler scheduler, String name) {
    this.scheduler = scheduler;
    this.name = name;
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

  /** Drops everything pending and to come. */
  public void stop() {
    stopped = true;
  }

  /** Whether {@link #stop} was called. */
  public boolean isStopped() {
    return stopped;
  }

  int tieBreak(long dueNanos) {
    if (dueNanos != tieInstant) {
      tieInstant = dueNanos;
      tie = scheduler.random().nextInt(1 << 16);
    }
    return tie;
  }

  @Override
  public String toString() {
    return name;
  }
}
