package io.thalweg.frontend.kafka.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private final Arrivals arrivals = new Arrivals();
  private final Object request = new Object();

  private boolean isStalled(int bytes, long nanos) {
    return arrivals.isStalled("c", request, bytes, nanos);
  }

  @Test
  void whatDoesNotGoOnComingStalls() {
    long began = Long.MAX_VALUE - 5;
    assertThat(isStalled(10, began)).isFalse();
    assertThat(isStalled(10, began + Arrivals.PACE_NANOS - 1)).isFalse();
    assertThat(isStalled(10 + Arrivals.PACE_BYTES - 1, began + Arrivals.PACE_NANOS)).isTrue();
  }

  @Test
  void whatKeepsThePaceHasAMinute() {
    int bytes = 0;
    assertThat(isStalled(bytes, 0)).isFalse();
    for (long nanos = Arrivals.PACE_NANOS;
        nanos < Arrivals.MOST_NANOS;
        nanos += Arrivals.PACE_NANOS) {
      bytes += Arrivals.PACE_BYTES;
      assertThat(isStalled(bytes, nanos)).isFalse();
    }
    assertThat(isStalled(bytes + Arrivals.PACE_BYTES, Arrivals.MOST_NANOS)).isTrue();
  }

  @Test
  void theNextRequestBeginsAnew() {
    assertThat(isStalled(10, 0)).isFalse();
    Object next = new Object();
    assertThat(arrivals.isStalled("c", next, 10, Arrivals.MOST_NANOS)).isFalse();
    assertThat(arrivals.isStalled("c", null, 0, Arrivals.MOST_NANOS)).isFalse();
    assertThat(arrivals.isStalled("c", next, 10, 2 * Arrivals.MOST_NANOS)).isFalse();
    arrivals.retain(Set.of());
    assertThat(arrivals.isStalled("c", next, 10, 3 * Arrivals.MOST_NANOS)).isFalse();
  }
}
