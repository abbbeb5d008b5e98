package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.frontend.kafka.topic.Broker;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Kafka's tools ask besides. */
final class ToolsTest {
  private static final int SELF = Broker.idOf("s1");

  private final DoorFixture door = new DoorFixture();
  private final Admin admin = door.admin();

  @AfterEach
  void close() {
    admin.close();
    door.close();
  }

  private Map<TopicPartition, Long> sizes() throws Exception {
    Map<String, LogDirDescription> dirs =
        admin.describeLogDirs(List.of(SELF)).allDescriptions().get().get(SELF);
    assertThat(dirs).containsOnlyKeys("object-store");
    LogDirDescription all = dirs.get("object-store");
    assertThat(all.error()).isNull();
    assertThat(all.totalBytes()).isEmpty();
    Map<TopicPartition, Long> sizes = new java.util.HashMap<>();
    all.replicaInfos().forEach((partition, info) -> sizes.put(partition, info.size()));
    return sizes;
  }

  @Test
  void partitionsHaveTheirSizes() throws Exception {
    door.create("t", 8);
    assertThat(sizes()).hasSize(8).allSatisfy((partition, size) -> assertThat(size).isZero());
    try (KafkaProducer<String, String> producer = door.producer()) {
      producer.send(new ProducerRecord<>("t", 3, null, "x".repeat(10_000))).get();
    }
    assertThat(sizes().get(new TopicPartition("t", 3))).isBetween(10_000L, 11_000L);
    // Another server tells of the partitions that it leads.
    door.server.cluster().addServer("s2", Map.of("kafka", new Broker(2, "elsewhere", 9).uri()));
    Set<TopicPartition> ours = sizes().keySet();
    assertThat(ours).hasSizeBetween(1, 7);
    Set<Integer> led = new java.util.HashSet<>();
    admin
        .describeTopics(List.of("t"))
        .allTopicNames()
        .get()
        .get("t")
        .partitions()
        .forEach(
            each -> {
              if (each.leader().id() == SELF) {
                led.add(each.partition());
              }
            });
    assertThat(ours).extracting(TopicPartition::partition).containsExactlyInAnyOrderElementsOf(led);
  }

  @Test
  void nothingIsReassigned() throws Exception {
    door.create("t", 2);
    assertThat(admin.listPartitionReassignments().reassignments().get()).isEmpty();
  }

  @Test
  void whatHasConfigsIsListed() throws Exception {
    door.create("t", 2);
    assertThat(admin.listConfigResources().all().get())
        .containsExactlyInAnyOrder(
            new ConfigResource(ConfigResource.Type.TOPIC, "t"),
            new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(SELF)));
    assertThat(
            admin
                .listConfigResources(
                    Set.of(ConfigResource.Type.CLIENT_METRICS), new ListConfigResourcesOptions())
                .all()
                .get())
        .isEmpty();
  }
}
