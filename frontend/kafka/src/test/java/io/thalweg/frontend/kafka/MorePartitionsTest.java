package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Topics that get more partitions while they are used. */
final class MorePartitionsTest {
  private final DoorFixture door = new DoorFixture();
  private final Admin admin = door.admin();

  @AfterEach
  void close() {
    admin.close();
    door.close();
  }

  private void grow(int to) throws Exception {
    admin.createPartitions(Map.of("t", NewPartitions.increaseTo(to))).all().get();
  }

  private int partitions() throws Exception {
    return admin.describeTopics(List.of("t")).allTopicNames().get().get("t").partitions().size();
  }

  private static ProducerRecord<String, String> record(int partition, String value) {
    return new ProducerRecord<>("t", partition, null, value);
  }

  @Test
  void producersAndConsumersUseThem() throws Exception {
    door.create("t", 1);
    try (KafkaProducer<String, String> producer = door.producer("metadata.max.age.ms", 100);
        KafkaConsumer<String, String> consumer = door.consumer()) {
      assertThat(producer.send(record(0, "before")).get().offset()).isZero();
      grow(3);
      assertThat(partitions()).isEqualTo(3);
      assertThat(producer.send(record(2, "new")).get().offset()).isZero();
      assertThat(producer.send(record(0, "old")).get().offset()).isEqualTo(1);
      assertThat(
              DoorFixture.read(
                  consumer,
                  3,
                  new TopicPartition("t", 0),
                  new TopicPartition("t", 1),
                  new TopicPartition("t", 2)))
          .extracting(ConsumerRecord::value)
          .containsExactlyInAnyOrder("before", "new", "old");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aGroupTakesThem(String protocol) throws Exception {
    door.create("t", 1);
    try (KafkaProducer<String, String> producer = door.producer();
        KafkaConsumer<String, String> member =
            door.consumer(
                "group.id", "g", "group.protocol", protocol, "metadata.max.age.ms", 200)) {
      member.subscribe(List.of("t"));
      producer.send(record(0, "first")).get();
      assertThat(DoorFixture.poll(member, 1)).hasSize(1);
      grow(2);
      try (KafkaProducer<String, String> later = door.producer()) {
        later.send(record(1, "second")).get();
      }
      assertThat(DoorFixture.poll(member, 1))
          .extracting(ConsumerRecord::partition)
          .containsExactly(1);
      member.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(5)));
    }
  }

  private void refused(String topic, NewPartitions wanted, Class<? extends Throwable> with) {
    assertThatThrownBy(() -> admin.createPartitions(Map.of(topic, wanted)).all().get())
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(with);
  }

  @Test
  void whatCannotBeIsRefused() throws Exception {
    door.create("t", 2);
    refused("t", NewPartitions.increaseTo(2), InvalidPartitionsException.class);
    refused("t", NewPartitions.increaseTo(1), InvalidPartitionsException.class);
    refused("t", NewPartitions.increaseTo(20_000), InvalidPartitionsException.class);
    refused(
        "t",
        NewPartitions.increaseTo(4, List.of(List.of(1))),
        InvalidReplicaAssignmentException.class);
    refused("none", NewPartitions.increaseTo(4), UnknownTopicOrPartitionException.class);
    refused("__consumer_offsets", NewPartitions.increaseTo(40), InvalidTopicException.class);
    admin
        .createPartitions(
            Map.of("t", NewPartitions.increaseTo(4)),
            new CreatePartitionsOptions().validateOnly(true))
        .all()
        .get();
    assertThat(partitions()).isEqualTo(2);
    admin
        .createPartitions(Map.of("t", NewPartitions.increaseTo(4, List.of(List.of(1), List.of(1)))))
        .all()
        .get();
    assertThat(partitions()).isEqualTo(4);
  }
}
