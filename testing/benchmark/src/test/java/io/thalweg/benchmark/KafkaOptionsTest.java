package io.thalweg.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.benchmark.KafkaOptions.Size;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaOptionsTest {
  @Test
  void withoutMoreEverythingIsWanted() {
    KafkaOptions options = KafkaOptions.read(List.of());
    assertThat(options.parts()).containsExactlyInAnyOrder(KafkaPart.values());
    assertThat(options.size(Size.ROUNDS)).isEqualTo(3);
    assertThat(options.size(Size.RECORDS)).isEqualTo(1_000_000);
  }

  @Test
  void byDefaultTheCachesDoNotHoldWhatIsRead() {
    KafkaOptions options = KafkaOptions.read(List.of());
    long bytes =
        (options.size(Size.WARM_RECORDS) + options.size(Size.RECORDS)) * options.size(Size.VALUE);
    assertThat(bytes).isGreaterThan((3L * (256 + 128)) << 20);
  }

  @Test
  void whatIsSaidCountsMoreThanQuick() {
    KafkaOptions options =
        KafkaOptions.read(
            List.of("--records", "5000", "--quick", "--part", "consume", "--part", "durable"));
    assertThat(options.parts())
        .containsExactlyInAnyOrder(
            KafkaPart.CONSUME_COLD, KafkaPart.CONSUME_WARM, KafkaPart.DURABLE);
    assertThat(options.size(Size.RECORDS)).isEqualTo(5_000);
    assertThat(options.size(Size.ROUNDS)).isEqualTo(1);
    assertThat(options.size(Size.SECONDS)).isEqualTo(Size.SECONDS.quick);
  }

  @Test
  void settingsAreKeptApart() {
    KafkaOptions options = KafkaOptions.read(List.of("--set", "a=1", "--peer-set", "b=c=d"));
    assertThat(options.ours()).containsExactly(Map.entry("a", "1"));
    assertThat(options.theirs()).containsExactly(Map.entry("b", "c=d"));
  }

  @Test
  void whatIsNotUnderstoodIsRefusedWithWhatThereIs() {
    for (List<String> words :
        List.of(
            List.of("twice"),
            List.of("--rounds"),
            List.of("--rounds", "0"),
            List.of("--rounds", "many"),
            List.of("--set", "a"),
            List.of("--part"))) {
      assertThatThrownBy(() -> KafkaOptions.read(words))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> KafkaOptions.read(List.of("--part", "dance")))
        .hasMessageContaining("'dance'")
        .hasMessageContaining(
            "produce|consume|produce-lz4|durable|transactional|partitions|latency");
    assertThat(KafkaOptions.usage()).contains("--rounds").contains("|transactional|");
  }
}
