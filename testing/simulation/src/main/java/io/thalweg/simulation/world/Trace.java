package io.thalweg.simulation.world;

import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.simulation.check.History;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Folds all events into one hash, so that two runs can be compared, and prints them when a run is
 * replayed.
 */
public final class Trace {
  private final SimScheduler scheduler;
  private final Consumer<String> lines;
  private long hash = 0xcbf29ce484222325L;
  private long events;

  /** A trace that prints to {@code lines}, or nowhere if that is null. */
  public Trace(SimScheduler scheduler, Consumer<String> lines) {
    this.scheduler = scheduler;
    this.lines = lines;
  }

  /** Notes an event, which {@code content} distinguishes from similar ones. */
  public void event(String what, long content, Supplier<String> detail) {
    fold(what.hashCode());
    fold(content);
    if (lines != null) {
      lines.accept("%s  %s %s".formatted(History.time(scheduler.nanoTime()), what, detail.get()));
    }
  }

  /** Notes that a task ran. */
  public void ran() {
    events++;
    fold(scheduler.nanoTime());
  }

  private void fold(long value) {
    long mixed = (hash ^ value) * 0x9e3779b97f4a7c15L;
    hash = mixed ^ (mixed >>> 29);
  }

  /** The hash of everything so far. */
  public long hash() {
    return hash;
  }

  /** How many tasks ran. */
  public long events() {
    return events;
  }
}
