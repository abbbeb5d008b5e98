package io.thalweg.chaos.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A group has recovered once each member did something that it began after the death. */
class RecoveriesTest {
  private final Recoveries recoveries = new Recoveries(2);

  @Test
  void measuresUpToTheLastMembersFirstProgress() {
    recoveries.progressed("a", 10, 20);
    recoveries.died(100);
    assertThat(recoveries.recovered()).isFalse();
    recoveries.progressed("a", 90, 110);
    recoveries.progressed("a", 110, 120);
    recoveries.progressed("a", 120, 125);
    assertThat(recoveries.recovered()).isFalse();
    recoveries.progressed("b", 110, 130);
    assertThat(recoveries.recovered()).isTrue();
    assertThat(recoveries.nanos()).containsExactly(30L);
  }

  @Test
  void aDeathBeforeTheRecoveryBeginsAnew() {
    recoveries.died(100);
    recoveries.progressed("a", 110, 120);
    recoveries.died(200);
    recoveries.progressed("b", 210, 220);
    assertThat(recoveries.recovered()).isFalse();
    recoveries.progressed("a", 210, 260);
    assertThat(recoveries.nanos()).containsExactly(60L);
    assertThat(recoveries.interrupted()).isEqualTo(1);
  }
}
