package io.thalweg.server.kv.rows;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A filter that grows far beyond what was expected first. */
class KeyFilterTest {

  @ParameterizedTest
  @CsvSource({"0, 100", "0, 100000", "300000, 100000", "1000, 1000000"})
  void knowsItsKeysAndFewOthers(long expected, int keys) {
    KeyFilter filter = new KeyFilter(expected);
    Random random = new Random(keys);
    long bytes = 0;
    for (int i = 0; i < keys; i++) {
      int hash = random.nextInt();
      bytes += filter.mayHold(hash) ? 0 : filter.growth();
      filter.add(hash);
    }
    assertThat(filter.bytes()).isEqualTo(bytes);
    Random again = new Random(keys);
    for (int i = 0; i < keys; i++) {
      assertThat(filter.mayHold(again.nextInt())).isTrue();
    }
    int others = 0;
    for (int i = 0; i < 100_000; i++) {
      others += filter.mayHold(again.nextInt()) ? 1 : 0;
    }
    assertThat(others).as("of 100,000 others").isLessThan(4_000);
    assertThat(filter.bytes())
        .as("for %d keys, at most %d in its last part", keys, 4 * Math.max(expected, keys))
        .isLessThan(Math.max(4_000, 9L * Math.max(expected, keys)));
  }
}
