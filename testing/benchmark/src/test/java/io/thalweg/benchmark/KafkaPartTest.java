package io.thalweg.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.benchmark.workload.Words;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the drivers are told to do, which is the same for both systems. */
class KafkaPartTest {
  private final KafkaOptions options = KafkaOptions.read(List.of("--quick"));

  @Test
  void eachPartHasItsFigureOnce() {
    assertThat(Arrays.stream(KafkaPart.values()).flatMap(part -> part.figures().stream()))
        .containsExactly(KafkaPart.values());
  }

  @Test
  void producingGoesOnWhereWarmingUpEnded() {
    KafkaPart.Orders orders = KafkaPart.PRODUCE.orders(options);
    assertThat(orders.before())
        .extracting(Words::toString)
        .containsExactly(
            "topic topic=produce partitions=4", "produce topic=produce first=0 records=50000");
    assertThat(orders.measured()).hasToString("produce topic=produce first=50000 records=100000");
  }

  @Test
  void whoConsumesReadsAllThatProducingWrote() {
    assertThat(KafkaPart.CONSUME_COLD.orders(options).measured())
        .hasToString("consume topic=produce records=150000");
    assertThat(KafkaPart.CONSUME_COLD.orders(options).before()).isEmpty();
    assertThat(KafkaPart.CONSUME_WARM.orders(options).before()).hasSize(1);
    assertThat(KafkaPart.PRODUCE.isNeededBy(KafkaPart.CONSUME_WARM)).isTrue();
    assertThat(KafkaPart.PRODUCE.isNeededBy(KafkaPart.DURABLE)).isFalse();
  }

  @Test
  void settingsOfTopicsAndClientsAreSaid() {
    assertThat(KafkaPart.DURABLE.orders(options).before().get(0))
        .hasToString("topic topic=durable partitions=4 topic.flush.messages=1");
    assertThat(KafkaPart.PRODUCE_LZ4.orders(options).measured().below("client."))
        .containsOnlyKeys("batch.size", "linger.ms", "compression.type");
  }
}
