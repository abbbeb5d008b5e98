package io.thalweg.frontend.kafka.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which connections are to be read again, and when. */
final class MutedTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long NOW = -3;

  private final Muted muted = new Muted();

  @Test
  void eachIsDueAtItsTime() {
    muted.add("b", NOW + 20 * MILLI);
    muted.add("a", NOW + 10 * MILLI);
    muted.add("c", NOW + 20 * MILLI);
    assertThat(muted.wait(300, NOW)).isEqualTo(11);
    assertThat(muted.due(NOW + 10 * MILLI - 1)).isEmpty();
    assertThat(muted.due(NOW + 10 * MILLI)).containsExactly("a");
    assertThat(muted.has("a")).isFalse();
    assertThat(muted.has("b")).isTrue();
    assertThat(muted.due(NOW + 99 * MILLI)).containsExactly("b", "c");
    assertThat(muted.wait(300, NOW)).isEqualTo(300);
  }

  @Test
  void theLongerTimeCounts() {
    muted.add("a", NOW + 20 * MILLI);
    muted.add("a", NOW + 10 * MILLI);
    assertThat(muted.due(NOW + 10 * MILLI)).isEmpty();
    muted.add("a", NOW + 30 * MILLI);
    assertThat(muted.due(NOW + 20 * MILLI)).isEmpty();
    assertThat(muted.due(NOW + 30 * MILLI)).containsExactly("a");
  }

  @Test
  void aConnectionThatIsGoneIsNotDue() {
    muted.add("a", NOW);
    muted.remove("a");
    muted.remove("never");
    assertThat(muted.due(NOW + MILLI)).isEmpty();
    muted.add("a", NOW);
    assertThat(muted.wait(300, NOW + MILLI)).isZero();
  }
}
