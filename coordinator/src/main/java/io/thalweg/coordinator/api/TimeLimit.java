package io.thalweg.coordinator.api;

import io.thalweg.coordinator.command.Command;
import io.thalweg.runtime.Clock;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits the time in a command to what this coordinator's clocks allow, before the command enters
 * the log. So one wrong clock neither hurries cluster time nor delays it. Any thread.
 *
 * <p><b>The upper limit</b> is this process's time: its wall clock at the start, and from there on
 * its monotonic clock. If the wall clock later jumps ahead, the limit follows at twice the speed of
 * time; if it jumps back, the limit ignores that. So a jump of this machine's clock, which may be
 * the servers' clock too, ends no record at once. <b>The lower limit</b> is the cluster time that
 * this process has seen, continued with the monotonic clock: a record that is stored while clocks
 * are behind does not age all at once when somebody corrects them. The very first cluster time is
 * this process's.
 */
public final class TimeLimit implements UnaryOperator<Command> {
  private static final Logger log = LoggerFactory.getLogger(TimeLimit.class);

  /** The cluster time while nobody knows it. */
  public static final long UNKNOWN = -1;

  /** How far ahead a sender's clock may be before its time is lowered. */
  static final long SLACK_MILLIS = 250;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long WARN_FROM_MILLIS = 60_000;
  private static final long WARN_EVERY_NANOS = 60_000_000_000L;

  private final Clock clock;
  private final LongSupplier clusterMillis;
  private final AtomicReference<Steady> limit;
  private final AtomicReference<Steady> floor = new AtomicReference<>(new Steady(0, 0));
  private final AtomicLong warnedNanos;

  /** A time that continues with the monotonic clock. */
  private record Steady(long millis, long atNanos) {
    long passedAt(long nowNanos) {
      return Math.max(0, (nowNanos - atNanos) / NANOS_PER_MILLI);
    }

    Steady at(long nowNanos) {
      long passed = passedAt(nowNanos);
      return new Steady(millis + passed, atNanos + passed * NANOS_PER_MILLI);
    }
  }

  /**
   * A limit that begins at the present time of {@code clock}.
   *
   * @param clusterMillis cluster time as far as it is applied here; 0 before the first; {@link
   *     #UNKNOWN} while that is uncertain. Called on any thread
   */
  public TimeLimit(Clock clock, LongSupplier clusterMillis) {
    this.clock = clock;
    this.clusterMillis = clusterMillis;
    this.limit = new AtomicReference<>(new Steady(clock.wallMillis(), clock.nanoTime()));
    this.warnedNanos = new AtomicLong(clock.nanoTime() - WARN_EVERY_NANOS);
  }

  /** The command, with its time within the limits. */
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
  long limit() {
    long now = clock.nanoTime();
    long wall = clock.wallMillis();
    return limit.updateAndGet(last -> followed(last, now, wall)).millis + SLACK_MILLIS;
  }

  private static Steady followed(Steady last, long nowNanos, long wall) {
    Steady steady = last.at(nowNanos);
    long most = steady.millis + last.passedAt(nowNanos);
    return new Steady(Math.max(steady.millis, Math.min(wall, most)), steady.atNanos);
  }

  /** The earliest time that a command may carry now; 0 before the first, or UNKNOWN. */
  private long floor() {
    long now = clock.nanoTime();
    long seen = clusterMillis.getAsLong();
    Steady from =
        floor.updateAndGet(
            last ->
                seen > (last.millis == 0 ? 0 : last.at(now).millis) ? new Steady(seen, now) : last);
    return from.millis == 0 ? Math.min(seen, 0) : from.at(now).millis;
  }

  private void warn(long aheadMillis) {
    long now = clock.nanoTime();
    long last = warnedNanos.get();
    if (now - last >= WARN_EVERY_NANOS && warnedNanos.compareAndSet(last, now)) {
      log.warn(
          "a server's clock is {} s {} of what this coordinator's clocks allow; correct both."
              + " Until then the coordinator's clock decides when records expire",
          Math.abs(aheadMillis) / 1_000,
          aheadMillis > 0 ? "ahead" : "behind");
    }
  }
}
