package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.server.api.Principal;
import io.thalweg.server.security.SecurityConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Topics of 201 to 249 characters, which only a database and a table have together. */
final class LongTopicNamesTest {
  private static final String DATABASE = "d".repeat(120);
  private static final String TOPIC = DATABASE + "." + "t".repeat(120);

  private final DoorFixture door =
      new DoorFixture(
          new SecurityConfig(
              SecurityConfig.Authorization.ACL, Set.of("User:root"), Optional.empty()),
          "kafka.security.protocol",
          "SASL_PLAINTEXT");

  @AfterEach
  void close() {
    door.close();
  }

  @Test
  void theyKeepToRulesToo() throws Exception {
    Admin root = door.adminOf("root");
    Admin ann = door.adminOf("ann");
    try {
      door.server.createDatabase(Principal.SERVER, DATABASE, "").join();
      root.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
      assertThat(ann.listTopics().names().get()).isEmpty();
      List<KafkaFuture<?>> refused =
          List.of(
              ann.describeTopics(List.of(TOPIC)).allTopicNames(),
              ann.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(2))).all(),
              ann.deleteTopics(List.of(TOPIC)).all(),
              ann.listOffsets(Map.of(new TopicPartition(TOPIC, 0), OffsetSpec.latest())).all());
      for (KafkaFuture<?> each : refused) {
        assertThatThrownBy(each::get).hasCauseInstanceOf(TopicAuthorizationException.class);
      }
      assertThat(root.describeTopics(List.of(TOPIC)).allTopicNames().get()).containsKey(TOPIC);
    } finally {
      root.close(Duration.ZERO);
      ann.close(Duration.ZERO);
    }
  }
}
