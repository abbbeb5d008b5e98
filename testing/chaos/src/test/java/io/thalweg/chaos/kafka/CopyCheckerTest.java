package io.thalweg.chaos.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.chaos.kafka.CopyChecker.Anomaly;
import io.thalweg.simulation.check.History.Read;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every anomaly of a copy, and a good one. */
class CopyCheckerTest {
  private static final List<Read> ORIGINAL = reads(0, 10, 1, 11, 2, 12);

  private static List<Read> reads(long... pairs) {
    List<Read> reads = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      reads.add(new Read(pairs[i], pairs[i + 1]));
    }
    return reads;
  }

  private static List<Anomaly> found(long... pairs) {
    return CopyChecker.check("out", ORIGINAL, reads(pairs)).stream()
        .map(CopyChecker.Found::anomaly)
        .toList();
  }

  @Test
  void acceptsACopyAtOtherOffsets() {
    assertThat(found(3, 10, 4, 11, 8, 12)).isEmpty();
  }

  @Test
  void findsWhatWasNotCopied() {
    assertThat(found(3, 10, 8, 12)).containsExactly(Anomaly.LOST);
  }

  @Test
  void findsWhatWasCopiedTwice() {
    assertThat(found(3, 10, 4, 11, 5, 12, 8, 11)).containsExactly(Anomaly.DUPLICATE);
  }

  @Test
  void findsWhatIsNotInTheOriginal() {
    assertThat(found(3, 10, 4, 11, 5, 12, 6, 13)).containsExactly(Anomaly.PHANTOM);
  }

  @Test
  void findsAnotherOrder() {
    assertThat(found(3, 10, 4, 12, 5, 11)).containsExactly(Anomaly.WRONG_ORDER);
  }
}
