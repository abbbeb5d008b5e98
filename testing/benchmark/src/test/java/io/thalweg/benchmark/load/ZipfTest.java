package io.thalweg.benchmark.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZipfTest {
  private static final int DRAWS = 2_000_000;

  @ParameterizedTest
  @CsvSource({
    "1, 0.99",
    "2, 0.99",
    "10, 0.99",
    "1000, 0.99",
    "1000000, 0.99",
    "1000, 0.5",
    "1000, 1.5"
  })
  void ranksComeAsOftenAsTheLawSays(int count, double exponent) {
    Zipf zipf = new Zipf(count, exponent, 3);
    int[] drawn = new int[count + 1];
    for (int i = 0; i < DRAWS; i++) {
      drawn[Math.toIntExact(zipf.draw())]++;
    }
    double sum = 0;
    for (int rank = 1; rank <= count; rank++) {
      sum += Math.pow(rank, -exponent);
    }
    double below = 0;
    double drawnBelow = 0;
    for (int rank = 1; rank <= count; rank++) {
      double share = Math.pow(rank, -exponent) / sum;
      // Five standard deviations: with this seed it holds for each rank.
      double error = 5 * Math.sqrt(share * (1 - share) / DRAWS) + 1.0 / DRAWS;
      if (rank <= 1_000) {
        assertThat((double) drawn[rank] / DRAWS)
            .as("rank %d", rank)
            .isCloseTo(share, within(error));
      }
      below += share;
      drawnBelow += (double) drawn[rank] / DRAWS;
      assertThat(drawnBelow).as("ranks up to %d", rank).isCloseTo(below, within(0.002));
    }
  }

  @Test
  void drawnKeysAreScatteredAndTheSameForTheSameSeed() {
    Keys keys = new Keys(1_000, true);
    int[] drawn = new int[1_000];
    var one = keys.drawn(5);
    var same = keys.drawn(5);
    for (int i = 0; i < 100_000; i++) {
      long key = one.getAsLong();
      assertThat(same.getAsLong()).isEqualTo(key);
      drawn[(int) key]++;
    }
    int most = 0;
    int second = 0;
    for (int key = 0; key < drawn.length; key++) {
      if (drawn[key] > drawn[most]) {
        second = most;
        most = key;
      } else if (drawn[key] > drawn[second]) {
        second = key;
      }
    }
    assertThat(drawn[most]).isBetween(12_000, 14_500);
    assertThat(Math.abs(most - second)).isGreaterThan(1);
  }
}
