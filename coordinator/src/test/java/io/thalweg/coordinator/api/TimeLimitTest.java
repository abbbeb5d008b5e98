package io.thalweg.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.runtime.Clock;
import org.junit.jupiter.api.Test;

/** How far a coordinator's clock lets time go. */
final class TimeLimitTest {
  private static final long HOUR = 3_600_000;
  private static final long YEAR = 365 * 24 * HOUR;
  private static final long BEGIN = 50 * YEAR;

  private final SetClock clock = new SetClock();
  private long clusterMillis = BEGIN - 20 * YEAR;
  private final TimeLimit limit = new TimeLimit(clock, () -> clusterMillis);

  private static final class SetClock implements Clock {
    private long nanos = Long.MAX_VALUE - 5; // it may wrap around
    private long millis = BEGIN;

    void pass(long passed) {
      nanos += passed * 1_000_000;
      millis += passed;
    }

    @Override
    public long nanoTime() {
      return nanos;
    }

    @Override
    public long wallMillis() {
      return millis;
    }
  }

  private long timeOf(long sent) {
    return ((Command.Timed) limit.apply(new Command.Heartbeat(1, sent))).nowMillis();
  }

  @Test
  void aSendersClockThatIsAheadIsLowered() {
    Command right = new Command.Heartbeat(1, BEGIN + TimeLimit.SLACK_MILLIS);
    assertThat(limit.apply(right)).isSameAs(right);
    assertThat(timeOf(BEGIN - YEAR)).isEqualTo(BEGIN - YEAR);
    assertThat(timeOf(BEGIN + YEAR)).isEqualTo(BEGIN + TimeLimit.SLACK_MILLIS);
    clock.pass(HOUR);
    assertThat(timeOf(BEGIN + YEAR)).isEqualTo(BEGIN + HOUR + TimeLimit.SLACK_MILLIS);
    Command untimed = new Command.OpenWriter();
    assertThat(limit.apply(untimed)).isSameAs(untimed);
  }

  @Test
  void anOwnClockThatJumpsIsFollowedSlowly() {
    clock.millis += YEAR;
    assertThat(timeOf(clock.millis)).isEqualTo(BEGIN + TimeLimit.SLACK_MILLIS);
    clock.pass(HOUR);
    assertThat(timeOf(clock.millis)).isEqualTo(BEGIN + 2 * HOUR + TimeLimit.SLACK_MILLIS);
    clock.millis -= 3 * YEAR;
    clock.pass(HOUR);
    assertThat(timeOf(BEGIN + YEAR)).isEqualTo(BEGIN + 3 * HOUR + TimeLimit.SLACK_MILLIS);
  }

  @Test
  void clocksThatAreBehindDoNotHoldTimeUp() {
    clusterMillis = BEGIN - HOUR;
    assertThat(timeOf(BEGIN - YEAR)).isEqualTo(BEGIN - HOUR);
    clock.pass(HOUR);
    assertThat(timeOf(BEGIN - YEAR)).isEqualTo(BEGIN);
    // It continues from the applied time, even if this machine's clock is behind that.
    clusterMillis = BEGIN + 5 * HOUR;
    assertThat(timeOf(BEGIN)).isEqualTo(clusterMillis);
    clock.pass(1_000);
    assertThat(timeOf(BEGIN)).isEqualTo(clusterMillis + 1_000);
  }

  @Test
  void theFirstTimeOfAllIsTheCoordinators() {
    clusterMillis = 0;
    assertThat(timeOf(BEGIN - YEAR)).isEqualTo(BEGIN);
    assertThat(timeOf(BEGIN + YEAR)).isEqualTo(BEGIN);
  }

  @Test
  void whileALogIsReplayedNobodysClockAloneMakesTime() {
    clusterMillis = TimeLimit.UNKNOWN;
    assertThat(timeOf(BEGIN - YEAR)).isEqualTo(BEGIN - YEAR);
    assertThat(timeOf(BEGIN + YEAR)).isEqualTo(BEGIN + TimeLimit.SLACK_MILLIS);
  }

  @Test
  void afterSleepTheClockIsCaughtUpWith() {
    clock.millis += 8 * HOUR;
    for (int i = 0; i < 9 * 60; i++) {
      clock.pass(60_000);
      limit.limit();
    }
    assertThat(limit.limit()).isEqualTo(clock.millis + TimeLimit.SLACK_MILLIS);
  }
}
