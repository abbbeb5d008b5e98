package io.thalweg.coordinator.api;

import io.thalweg.coordinator.state.Command;
import io.thalweg.runtime.Clock;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the time that a command carries within what this coordinator's clocks allow, before the
 * command enters the log. So one wrong clock neither hurries cluster time nor holds it up. Any
 * thread.
 *
 * <p><b>At most</b> this process's time: its wall clock at the start, and from there on its
 * monotonic clock. A wall clock that jumps ahead later is followed at twice the speed of time, one
 * that jumps back not at all, so that a jump of this machine's clock, which may be the servers'
 * clock too, ends nothing at once. <b>At least</b> the cluster time that this process has seen,
 * going on with the monotonic clock: a record that is stored while clocks are behind does not age
 * all at once when they are set right. The first time of all is this process's.
 */
public final class TimeLimit implements UnaryOperator<Command> {
  private static final Logger log = LoggerFactory.getLogger(TimeLimit.class);

  /** By how much a sender's clock may be ahead without being lowered. */
  static final long SLACK_MILLIS = 250;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long WARN_FROM_MILLIS = 60_000;
  private static final long WARN_EVERY_NANOS = 60_000_000_000L;

  private final Clock clock;
  private final LongSupplier clusterMillis;
  private long limitMillis;
  private long limitNanos;
  private long floorMillis;
  private long floorNanos;
  private long warnedNanos;
  private boolean warned;

  /**
   * A limit that begins at what {@code clock} says now.
   *
   * @param clusterMillis cluster time as far as it is applied here, 0 before the first; from any
   *     thread
   */
  public TimeLimit(Clock clock, LongSupplier clusterMillis) {
    this.clock = clock;
    this.clusterMillis = clusterMillis;
    this.limitMillis = clock.wallMillis();
    this.limitNanos = clock.nanoTime();
  }

  /** The command, at a time that is allowed. */
  @Override
  public Command apply(Command command) {
    if (!(command instanceof Command.Timed timed)) {
      return command;
    }
    long sent = timed.nowMillis();
    long most = limit();
    long least = floor();
    long allowed = least == 0 ? most - SLACK_MILLIS : Math.max(least, Math.min(sent, most));
    if (allowed == sent) {
      return command;
    }
    if (Math.abs(sent - allowed) >= WARN_FROM_MILLIS) {
      warn(sent - allowed);
    }
    return timed.at(allowed);
  }

  /** The latest time that a command may carry now, milliseconds since the epoch. */
  synchronized long limit() {
    long passed = passed(limitNanos);
    long steady = limitMillis + passed;
    limitMillis = Math.max(steady, Math.min(clock.wallMillis(), steady + passed));
    limitNanos += passed * NANOS_PER_MILLI;
    return limitMillis + SLACK_MILLIS;
  }

  /** The earliest time that a command may carry now; 0 while no cluster time is known. */
  private synchronized long floor() {
    long seen = clusterMillis.getAsLong();
    long steady = floorMillis == 0 ? 0 : floorMillis + passed(floorNanos);
    if (seen > steady) {
      floorMillis = seen;
      floorNanos = clock.nanoTime();
    }
    return Math.max(seen, steady);
  }

  private long passed(long sinceNanos) {
    return Math.max(0, (clock.nanoTime() - sinceNanos) / NANOS_PER_MILLI);
  }

  private synchronized void warn(long aheadMillis) {
    long now = clock.nanoTime();
    if (!warned || now - warnedNanos >= WARN_EVERY_NANOS) {
      warned = true;
      warnedNanos = now;
      log.warn(
          "a server's clock is {} s {} of what this coordinator's clocks allow; set both right."
              + " Records live by the coordinator's until then",
          Math.abs(aheadMillis) / 1_000,
          aheadMillis > 0 ? "ahead" : "behind");
    }
  }
}
