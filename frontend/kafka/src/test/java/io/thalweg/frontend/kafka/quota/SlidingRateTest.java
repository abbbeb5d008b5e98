package io.thalweg.frontend.kafka.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A rate, by time that the test makes. */
final class SlidingRateTest {
  private static final long START = -7_777_777_777L;
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final double BOUND = 1_000;

  private final SlidingRate rate = new SlidingRate(START);

  private long delay(long now) {
    return rate.delayNanos(BOUND, SlidingRate.WINDOW_NANOS, now);
  }

  @Test
  void aBurstOfTenSecondsIsNotTooMuch() {
    rate.add(10_000, START);
    assertThat(rate.perSecond(START)).isEqualTo(1_000);
    assertThat(delay(START)).isZero();
    rate.add(500, START);
    assertThat(delay(START)).isEqualTo(SECOND / 2);
    assertThat(rate.room(BOUND, START)).isEqualTo(-500);
    assertThat(delay(START + SECOND / 2)).isZero();
  }

  @Test
  void nobodyWaitsForLongerThanTheWindow() {
    rate.add(1e12, START);
    assertThat(delay(START)).isEqualTo(SlidingRate.WINDOW_NANOS);
    assertThat(rate.delayNanos(BOUND, SECOND, START)).isEqualTo(SECOND);
    assertThat(rate.delayNanos(1e-9, SECOND, START)).isEqualTo(SECOND);
  }

  @Test
  void samplesLeaveOneAfterTheOther() {
    for (int i = 0; i < SlidingRate.SAMPLES; i++) {
      rate.add(1, START + i * SECOND);
    }
    long now = START + SlidingRate.WINDOW_NANOS;
    assertThat(rate.perSecond(now - 1)).isCloseTo(1, within(1e-6));
    assertThat(rate.perSecond(now)).isEqualTo(1);
    assertThat(rate.perSecond(now + 5 * SECOND)).isEqualTo(0.5);
    assertThat(rate.isForgettable(now + 9 * SECOND)).isFalse();
    assertThat(rate.isForgettable(now + 10 * SECOND)).isTrue();
    rate.add(3, now + 1_000_000 * SECOND);
    assertThat(rate.perSecond(now + 1_000_000 * SECOND)).isEqualTo(0.3);
  }

  @Test
  void aTimeThatIsPastCountsAsNow() {
    rate.add(5, START + 20 * SECOND);
    rate.add(5, START);
    assertThat(rate.perSecond(START + 20 * SECOND)).isEqualTo(1);
  }

  /** Whoever waits as long as is said comes to what is allowed, but for the burst. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 3_000})
  void aClientThatWaitsIsHeldToTheRate(int size) {
    long now = START;
    long sent = 0;
    int seconds = 1_000;
    while (now < START + seconds * SECOND) {
      rate.add(size, now);
      sent += size;
      now += MILLI + delay(now);
    }
    assertThat(sent / (double) seconds).isBetween(900.0, 1_000 * 1.15);
  }

  /** So does one that takes what there is room for, as a fetch does. */
  @Test
  void whoTakesWhatThereIsRoomForIsHeldToTheRate() {
    long now = START;
    double taken = 0;
    int seconds = 1_000;
    while (now < START + seconds * SECOND) {
      double room = rate.room(BOUND, now);
      if (room < 0) {
        now += delay(now);
        continue;
      }
      double one = Math.max(300, Math.min(room, 5_000));
      rate.add(one, now);
      taken += one;
      now += MILLI;
    }
    assertThat(taken / seconds).isBetween(900.0, 1_000 * 1.05);
  }
}
