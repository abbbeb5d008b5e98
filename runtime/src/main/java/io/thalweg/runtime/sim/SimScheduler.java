package io.thalweg.runtime.sim;

import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.RandomSource;
import io.thalweg.runtime.SeededRandom;
import java.util.PriorityQueue;

/**
 * Owns virtual time and every pending task of a simulation. One thread only.
 *
 * <p>Tasks of one loop that are due at the same instant keep their order; tasks of different loops
 * that are due at the same instant run in an order that the seed decides.
 */
public final class SimScheduler implements Clock {
  private static final long WALL_ORIGIN_MILLIS = 1_700_000_000_000L;

  private final PriorityQueue<Pending> queue = new PriorityQueue<>();
  private final SeededRandom random;
  private long nowNanos;
  private long wallSkewMillis;
  private long sequence;
  private SimEventLoop running;

  /** A scheduler at time zero whose dice start at {@code seed}. */
  public SimScheduler(long seed) {
    this.random = new SeededRandom(seed);
  }

  /** The dice of this simulation, for all its parts. */
  public RandomSource random() {
    return random;
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public long wallMillis() {
    return WALL_ORIGIN_MILLIS + nowNanos / 1_000_000 + wallSkewMillis;
  }

  /** Makes wall time jump; monotonic time continues undisturbed. */
  public void jumpWallClock(long millis) {
    wallSkewMillis += millis;
  }

  /** A new loop called {@code name}. */
  public SimEventLoop newLoop(String name) {
    return new SimEventLoop(this, name, null, random.nextLong());
  }

  /** One more loop of a process: it stops and pauses with the process's first loop. */
  public SimEventLoop newLoopBeside(SimEventLoop first, String name) {
    return new SimEventLoop(this, name, first, random.nextLong());
  }

  /** Runs the next task. Returns false if no task is pending. */
  public boolean step() {
    Pending next = queue.poll();
    if (next == null) {
      return false;
    }
    if (next.cancelled || next.loop.isStopped()) {
      return true;
    }
    nowNanos = Math.max(nowNanos, next.dueNanos);
    if (next.loop.pausedUntilNanos() > nowNanos) {
      next.postpone(next.loop.postponeUntil(nowNanos), sequence++);
      queue.add(next);
      return true;
    }
    running = next.loop;
    try {
      next.task.run();
    } finally {
      running = null;
    }
    return true;
  }

  /** Runs every task due within {@code nanos} from now, then sets the clock there. */
  public void runFor(long nanos) {
    long end = nowNanos + nanos;
    while (!queue.isEmpty() && queue.peek().dueNanos <= end) {
      step();
    }
    nowNanos = end;
  }

  EventLoop.Cancellable add(SimEventLoop loop, long delayNanos, Runnable task) {
    long due = nowNanos + Math.max(0, delayNanos);
    Pending pending = new Pending(due, loop.tieBreak(due), sequence++, loop, task);
    queue.add(pending);
    return () -> pending.cancelled = true;
  }

  boolean isRunning(SimEventLoop loop) {
    return running == loop;
  }

  private static final class Pending implements Comparable<Pending> {
    final SimEventLoop loop;
    final Runnable task;
    long dueNanos;
    int tieBreak;
    long sequence;
    boolean cancelled;

    Pending(long dueNanos, int tieBreak, long sequence, SimEventLoop loop, Runnable task) {
      this.dueNanos = dueNanos;
      this.tieBreak = tieBreak;
      this.sequence = sequence;
      this.loop = loop;
      this.task = task;
    }

    /** Puts it off; only while it is not in the queue. */
    void postpone(long newDueNanos, long newSequence) {
      dueNanos = newDueNanos;
      tieBreak = loop.tieBreak(dueNanos);
      sequence = newSequence;
    }

    @Override
    public int compareTo(Pending other) {
      int byTime = Long.compare(dueNanos, other.dueNanos);
      if (byTime != 0) {
        return byTime;
      }
      int byDie = Integer.compare(tieBreak, other.tieBreak);
      return byDie != 0 ? byDie : Long.compare(sequence, other.sequence);
    }
  }
}
