package io.thalweg.benchmark.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LatenciesTest {
  @Test
  void percentilesAreThoseOfTheSortedDurations() {
    SplittableRandom random = new SplittableRandom(1);
    long[] all = new long[100_000];
    Latencies one = new Latencies();
    Latencies other = new Latencies();
    for (int i = 0; i < all.length; i++) {
      all[i] = (long) Math.exp(random.nextDouble() * 30);
      (i % 3 == 0 ? one : other).record(all[i]);
    }
    one.add(other);
    Arrays.sort(all);
    assertThat(one.count()).isEqualTo(all.length);
    for (double fraction : new double[] {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1}) {
      double exact = all[(int) Math.ceil(all.length * fraction) - 1] / 1e6;
      assertThat(one.millis(fraction)).isCloseTo(exact, within(exact * 0.016 + 1e-6));
    }
  }

  @Test
  void extremesAreKept() {
    Latencies latencies = new Latencies();
    assertThat(latencies.millis(0.5)).isNaN();
    latencies.record(-5);
    assertThat(latencies.millis(1)).isZero();
    latencies.record(Long.MAX_VALUE);
    assertThat(latencies.millis(1)).isEqualTo(Long.MAX_VALUE / 1e6);
    assertThat(latencies.millis(0.5)).isZero();
  }
}
