package io.thalweg.frontend.kafka.quota;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tokens, by time that the test makes. */
final class TokenBucketTest {
  private static final long START = 5;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long MOST = SlidingRate.WINDOW_NANOS;

  private final TokenBucket bucket = new TokenBucket(2, START);

  private long delay(long now) {
    return bucket.delayNanos(2, MOST, now);
  }

  @Test
  void whatIsThereMayBeTakenAndMore() {
    bucket.take(22, 2, START);
    assertThat(delay(START)).isZero();
    bucket.take(5, 2, START);
    assertThat(delay(START)).isEqualTo(5 * SECOND / 2);
    assertThat(delay(START + 2 * SECOND)).isEqualTo(SECOND / 2);
    assertThat(delay(START + 3 * SECOND)).isZero();
  }

  @Test
  void aDelayHasALimitAndTheDebtRemains() {
    bucket.take(122, 2, START);
    assertThat(delay(START)).isEqualTo(MOST);
    assertThat(delay(START + 49 * SECOND)).isEqualTo(SECOND);
    assertThat(bucket.isForgettable(START + 60 * SECOND)).isFalse();
    assertThat(bucket.isForgettable(START + 61 * SECOND)).isTrue();
  }

  @Test
  void itNeverHoldsMoreThanTheWindowBrings() {
    bucket.take(-50, 2, START);
    bucket.take(22, 2, START + 1_000 * SECOND);
    assertThat(delay(START + 1_000 * SECOND)).isZero();
    bucket.take(1, 2, START + 1_000 * SECOND);
    assertThat(delay(START + 1_000 * SECOND)).isEqualTo(SECOND / 2);
  }

  @Test
  void anotherQuotaActsFromNowOn() {
    bucket.take(32, 2, START);
    assertThat(bucket.delayNanos(10, MOST, START)).isEqualTo(SECOND);
    assertThat(bucket.delayNanos(10, MOST, START + SECOND)).isZero();
    bucket.take(0, 1, START + 100 * SECOND);
    bucket.take(12, 1, START + 100 * SECOND);
    assertThat(bucket.delayNanos(1, MOST, START + 100 * SECOND)).isEqualTo(SECOND);
  }

  @Test
  void aTimeThatIsPastBringsNothing() {
    bucket.take(23, 2, START + SECOND);
    assertThat(delay(START)).isEqualTo(SECOND / 2);
  }
}
