package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.GroupMaxSizeReachedException;
import org.apache.kafka.common.errors.InvalidSessionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the settings of groups allow, through Kafka's own consumer. */
final class GroupLimitsTest {
  /** With topic t. */
  private static DoorFixture door(String... settings) {
    DoorFixture door = new DoorFixture(settings);
    door.create("t", 1);
    return door;
  }

  private static KafkaConsumer<String, String> member(DoorFixture door, Object... config) {
    KafkaConsumer<String, String> member = door.consumer(config);
    member.subscribe(List.of("t"));
    return member;
  }

  private static void join(KafkaConsumer<String, String> member) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (member.assignment().isEmpty() && System.nanoTime() < end) {
      member.poll(Duration.ofMillis(100));
    }
    assertThat(member.assignment()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aGroupHasAsManyMembersAsItMay(String protocol) {
    try (DoorFixture door =
            door("kafka.group.members.max", "1", "kafka.group.initial-delay", "0s");
        KafkaConsumer<String, String> first =
            member(door, "group.id", "g", "group.protocol", protocol);
        KafkaConsumer<String, String> second =
            member(door, "group.id", "g", "group.protocol", protocol)) {
      join(first);
      assertThatThrownBy(() -> join(second)).isInstanceOf(GroupMaxSizeReachedException.class);
    }
  }

  @Test
  void aShortSessionIsRefusedUnlessTheSettingsAllowIt() {
    try (DoorFixture door = door();
        KafkaConsumer<String, String> member = shortSession(door)) {
      assertThatThrownBy(() -> join(member)).isInstanceOf(InvalidSessionTimeoutException.class);
    }
    try (DoorFixture door = door("kafka.group.session.min", "100ms");
        KafkaConsumer<String, String> member = shortSession(door)) {
      join(member);
    }
  }

  private static KafkaConsumer<String, String> shortSession(DoorFixture door) {
    return member(
        door, "group.id", "g", "session.timeout.ms", 5_000, "heartbeat.interval.ms", 1_000);
  }
}
