package io.thalweg.simulation.world;

import io.thalweg.runtime.Clock;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;

/**
 * A process: a loop for each of its lives, and a wall clock of its own. A crash stops the loop, and
 * nothing that the process had pending ever runs.
 */
public class SimProcess {
  private final SimScheduler scheduler;
  private final String name;
  private final String place;
  private final SkewedClock clock;
  private SimEventLoop loop;
  private int life;

  /** A process that is down. */
  public SimProcess(SimScheduler scheduler, String name) {
    this(scheduler, name, name);
  }

  /** A process that is down, at a place that it shares with others. */
  public SimProcess(SimScheduler scheduler, String name, String place) {
    this.scheduler = scheduler;
    this.name = name;
    this.place = place;
    this.clock = new SkewedClock(scheduler);
  }

  /** Its name, the same in every life. */
  public final String name() {
    return name;
  }

  /** Its place in the network; cuts are between places. */
  final String place() {
    return place;
  }

  /** Its clock. */
  public final Clock clock() {
    return clock;
  }

  /** Makes its wall clock jump; monotonic time continues undisturbed. */
  public final void jumpWallClock(long millis) {
    clock.skewMillis += millis;
  }

  /** Whether it runs, or could if it were not paused. */
  public final boolean isUp() {
    return loop != null && !loop.isStopped();
  }

  /** The loop of this life, or of the last one. */
  public final SimEventLoop loop() {
    return loop;
  }

  /** Which life this is, from 1. */
  public final int life() {
    return life;
  }

  /** Begins a life. */
  public final SimEventLoop begin() {
    if (isUp()) {
      throw new IllegalStateException(name + " is up already");
    }
    loop = scheduler.newLoop(name + "#" + ++life);
    return loop;
  }

  /**
   * Lets this life continue unseen, so that another may begin beside it; returns what still runs.
   */
  public final SimEventLoop leaveBehind() {
    SimEventLoop left = loop;
    loop = null;
    return left;
  }

  /** Ends the life at once. */
  public void crash() {
    loop.stop();
  }

  private static final class SkewedClock implements Clock {
    private final Clock truth;
    private long skewMillis;

    SkewedClock(Clock truth) {
      this.truth = truth;
    }

    @Override
    public long nanoTime() {
      return truth.nanoTime();
    }

    @Override
    public long wallMillis() {
      return truth.wallMillis() + skewMillis;
    }
  }
}
