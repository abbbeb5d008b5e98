package io.thalweg.benchmark.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyOrderTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 63, 64, 65, 1_000, 65_536, 65_537, 1_000_003})
  void eachNumberStandsAtOnePlace(int count) {
    KeyOrder order = new KeyOrder(count, 7);
    BitSet seen = new BitSet(count);
    for (int place = 0; place < count; place++) {
      long number = order.at(place);
      assertThat(number).isBetween(0L, count - 1L);
      seen.set((int) number);
    }
    assertThat(seen.cardinality()).isEqualTo(count);
  }

  @Test
  void neighboursAreFarApartAndSeedsDiffer() {
    int count = 1_000_000;
    KeyOrder one = new KeyOrder(count, 1);
    KeyOrder other = new KeyOrder(count, 2);
    double distance = 0;
    int same = 0;
    int rising = 0;
    for (int place = 1; place < count; place++) {
      distance += Math.abs(one.at(place) - one.at(place - 1));
      rising += one.at(place) > one.at(place - 1) ? 1 : 0;
      same += one.at(place) == other.at(place) ? 1 : 0;
    }
    // Of two random numbers below n the distance is n / 3 on average.
    assertThat(distance / count / count).isBetween(0.32, 0.35);
    assertThat((double) rising / count).isBetween(0.49, 0.51);
    assertThat(same).isLessThan(20);
  }
}
