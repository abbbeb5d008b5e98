package io.thalweg.benchmark.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyOrderTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 999, 200_000, 4_000_000})
  void eachKeyComesOnce(long count) {
    KeyOrder order = new KeyOrder(count);
    BitSet seen = new BitSet();
    for (long place = 0; place < count; place++) {
      seen.set((int) order.at(place));
    }
    assertThat(seen.cardinality()).isEqualTo((int) count);
    assertThat(seen.length()).isEqualTo((int) count);
  }

  @Test
  void neighboursInTimeAreNoNeighboursInTheTable() {
    KeyOrder order = new KeyOrder(4_000_000);
    for (long place = 1; place < 1_000; place++) {
      assertThat(Math.abs(order.at(place) - order.at(place - 1))).isGreaterThan(1_000);
    }
  }
}
