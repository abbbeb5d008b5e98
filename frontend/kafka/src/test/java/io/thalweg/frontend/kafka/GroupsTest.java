package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DeleteConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumer groups of both protocols through Kafka's own consumer. */
final class GroupsTest {
  private final DoorFixture door = new DoorFixture();

  @AfterEach
  void close() {
    door.close();
  }

  private KafkaConsumer<String, String> member(String protocol, Object... more) {
    List<Object> all = new ArrayList<>(List.of(more));
    all.addAll(List.of("group.id", "g", "group.protocol", protocol, "enable.auto.commit", "false"));
    KafkaConsumer<String, String> member = door.consumer(all.toArray());
    member.subscribe(List.of("t"));
    return member;
  }

  private void produce(int from, int to) {
    try (KafkaProducer<String, String> producer = door.producer()) {
      for (int i = from; i < to; i++) {
        var unused = producer.send(new ProducerRecord<>("t", i % 4, null, "v" + i));
      }
    }
  }

  private static Set<String> values(List<ConsumerRecord<String, String>> records) {
    Set<String> values = new HashSet<>();
    records.forEach(record -> assertThat(values.add(record.value())).isTrue());
    return values;
  }

  private static Set<String> wanted(int from, int to) {
    Set<String> values = new HashSet<>();
    for (int i = from; i < to; i++) {
      values.add("v" + i);
    }
    return values;
  }

  @Test
  void offsetsOfPartitionsThatAreNotThereAreNeitherKeptNorDeleted() throws Exception {
    door.create("t", 1);
    TopicPartition there = new TopicPartition("t", 0);
    try (Admin admin = door.admin()) {
      admin.alterConsumerGroupOffsets("g", Map.of(there, new OffsetAndMetadata(7))).all().get();
      TopicPartition beyond = new TopicPartition("t", 1);
      TopicPartition nowhere = new TopicPartition("none", 0);
      for (TopicPartition each : List.of(beyond, nowhere)) {
        var committed =
            admin.alterConsumerGroupOffsets(
                "g", Map.of(there, new OffsetAndMetadata(8), each, new OffsetAndMetadata(9)));
        assertThatThrownBy(() -> committed.partitionResult(each).get())
            .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
        committed.partitionResult(there).get();
      }
      DeleteConsumerGroupOffsetsResult deleted =
          admin.deleteConsumerGroupOffsets("g", Set.of(there, beyond, nowhere));
      for (TopicPartition each : List.of(beyond, nowhere)) {
        assertThatThrownBy(() -> deleted.partitionResult(each).get())
            .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
      }
      deleted.partitionResult(there).get();
      assertThat(
              admin.listConsumerGroupOffsets("g").partitionsToOffsetAndMetadata().get().get(there))
          .isNull();
    }
  }

  /** A commit without waiting is not tried again. */
  @Test
  void whoIsFoundAsCoordinatorTakesCommits() throws IOException {
    door.create("t", 1);
    try (RawClient raw = new RawClient(door.port)) {
      for (int i = 0; i < 20; i++) {
        String group = "g" + i;
        short found = find(raw, group);
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (found == Errors.COORDINATOR_NOT_AVAILABLE.code() && System.nanoTime() < end) {
          found = find(raw, group);
        }
        assertThat(found).isEqualTo(Errors.NONE.code());
        assertThat(commit(raw, group)).isEqualTo(Errors.NONE.code());
      }
    }
  }

  private static short find(RawClient raw, String group) throws IOException {
    FindCoordinatorResponse found =
        (FindCoordinatorResponse)
            raw.ask(
                new FindCoordinatorRequest.Builder(
                        new FindCoordinatorRequestData()
                            .setKeyType(CoordinatorType.GROUP.id())
                            .setCoordinatorKeys(List.of(group)))
                    .build());
    return found.data().coordinators().get(0).errorCode();
  }

  private static short commit(RawClient raw, String group) throws IOException {
    OffsetCommitRequestData data = new OffsetCommitRequestData().setGroupId(group);
    data.topics()
        .add(
            new OffsetCommitRequestTopic()
                .setName("t")
                .setPartitions(
                    List.of(
                        new OffsetCommitRequestPartition()
                            .setPartitionIndex(0)
                            .setCommittedOffset(1))));
    OffsetCommitResponse answer =
        (OffsetCommitResponse) raw.ask(OffsetCommitRequest.Builder.forTopicNames(data).build());
    return answer.data().topics().get(0).partitions().get(0).errorCode();
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aGroupGoesOnWhereItCommitted(String protocol) {
    door.create("t", 4);
    produce(0, 100);
    try (KafkaConsumer<String, String> member = member(protocol)) {
      assertThat(values(DoorFixture.poll(member, 100))).isEqualTo(wanted(0, 100));
      member.commitSync();
    }
    produce(100, 140);
    try (KafkaConsumer<String, String> member = member(protocol)) {
      assertThat(values(DoorFixture.poll(member, 40))).isEqualTo(wanted(100, 140));
    }
    // Not committed, so they come again.
    try (KafkaConsumer<String, String> member = member(protocol)) {
      assertThat(values(DoorFixture.poll(member, 40))).isEqualTo(wanted(100, 140));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void membersShareThePartitions(String protocol) {
    door.create("t", 4);
    try (KafkaConsumer<String, String> first = member(protocol);
        KafkaConsumer<String, String> second = member(protocol)) {
      Set<TopicPartition> all = new HashSet<>();
      long end = System.nanoTime() + Duration.ofSeconds(40).toNanos();
      while (System.nanoTime() < end
          && (first.assignment().size() != 2 || second.assignment().size() != 2)) {
        first.poll(Duration.ofMillis(100));
        second.poll(Duration.ofMillis(100));
      }
      all.addAll(first.assignment());
      all.addAll(second.assignment());
      assertThat(all).hasSize(4);
      assertThat(first.assignment()).hasSize(2);
    }
  }

  @Test
  void toolsSeeGroupsAndTheirOffsets() throws Exception {
    door.create("t", 4);
    produce(0, 40);
    try (KafkaConsumer<String, String> member = member("classic");
        Admin admin = door.admin()) {
      DoorFixture.poll(member, 40);
      member.commitSync();
      assertThat(admin.listGroups().all().get())
          .extracting(GroupListing::groupId)
          .containsExactly("g");
      var described = admin.describeConsumerGroups(List.of("g")).all().get().get("g");
      assertThat(described.members()).hasSize(1);
      assertThat(described.coordinator().port()).isEqualTo(door.port);
      Map<TopicPartition, OffsetAndMetadata> offsets =
          admin.listConsumerGroupOffsets("g").partitionsToOffsetAndMetadata().get();
      assertThat(offsets).hasSize(4).allSatisfy((p, at) -> assertThat(at.offset()).isEqualTo(10));
    }
    // Only close waits until the coordinator knows that the member is gone.
    try (Admin admin = door.admin()) {
      admin
          .alterConsumerGroupOffsets(
              "g", Map.of(new TopicPartition("t", 1), new OffsetAndMetadata(3)))
          .all()
          .get();
      assertThat(
              admin
                  .listConsumerGroupOffsets("g")
                  .partitionsToOffsetAndMetadata()
                  .get()
                  .get(new TopicPartition("t", 1))
                  .offset())
          .isEqualTo(3);
      admin.deleteConsumerGroups(List.of("g")).all().get();
      assertThat(admin.listGroups().all().get()).isEmpty();
    }
  }
}
