package io.thalweg.coordinator.api;

import io.thalweg.coordinator.state.Command;
import io.thalweg.runtime.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lowers the time that a command carries to what this coordinator's clock allows, before the
 * command enters the log. So cluster time never runs ahead of both the sender's clock and this one:
 * one wrong clock moves nothing. Any thread.
 *
 * <p>The limit begins at this process's wall clock and goes on with its monotonic clock. A wall
 * clock that jumps ahead later is followed at twice the speed of time, one that jumps back not at
 * all, so that a jump of this machine's clock, which may be the servers' clock too, ends nothing at
 * once.
 */
public final class TimeLimit {
  private static final Logger log = LoggerFactory.getLogger(TimeLimit.class);

  /** By how much a sender's clock may be ahead without being lowered. */
  static final long SLACK_MILLIS = 1_000;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long WARN_FROM_MILLIS = 60_000;
  private static final long WARN_EVERY_NANOS = 60_000_000_000L;

  private final Clock clock;
  private long limitMillis;
  private long limitNanos;
  private long warnedNanos;
  private boolean warned;

  /** A limit that begins at what {@code clock} says now. */
  public TimeLimit(Clock clock) {
    this.clock = clock;
    this.limitMillis = clock.wallMillis();
    this.limitNanos = clock.nanoTime();
  }

  /** The command, at no later time than is allowed. */
  public Command apply(Command command) {
    if (!(command instanceof Command.Timed timed)) {
      return command;
    }
    long most = limit();
    if (timed.nowMillis() <= most) {
      return command;
    }
    warn(timed.nowMillis() - most);
    return timed.at(most);
  }

  /** The latest time that a command may carry now, milliseconds since the epoch. */
  synchronized long limit() {
    long passed = Math.max(0, (clock.nanoTime() - limitNanos) / NANOS_PER_MILLI);
    long steady = limitMillis + passed;
    limitMillis = Math.max(steady, Math.min(clock.wallMillis(), steady + passed));
    limitNanos += passed * NANOS_PER_MILLI;
    return limitMillis + SLACK_MILLIS;
  }

  private synchronized void warn(long aheadMillis) {
    long now = clock.nanoTime();
    if (aheadMillis >= WARN_FROM_MILLIS && (!warned || now - warnedNanos >= WARN_EVERY_NANOS)) {
      warned = true;
      warnedNanos = now;
      log.warn(
          "a server's clock is {} s ahead of what this coordinator's clock allows; set both clocks"
              + " right. Records live by the earlier of the two",
          aheadMillis / 1_000);
    }
  }
}
