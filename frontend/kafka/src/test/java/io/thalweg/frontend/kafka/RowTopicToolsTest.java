package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.server.security.SecurityConfig;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Kafka's tools do with tables of rows. */
final class RowTopicToolsTest {
  private static final TopicPartition T = new TopicPartition("default.t", 0);
  private static final ConfigResource CONFIGS =
      new ConfigResource(ConfigResource.Type.TOPIC, "default.t");

  private static final List<Column> COLUMNS =
      List.of(Column.of("k", DataType.of(Kind.INT).withNullable(false)));

  private final DoorFixture door = new DoorFixture();
  private final Admin admin = door.admin();

  @AfterEach
  void close() {
    admin.close();
    door.close();
  }

  private RowTable filled(String... primaryKey) {
    RowTable table = new RowTable(door, "default/t", COLUMNS, primaryKey);
    for (int i = 0; i < 4; i++) {
      table.write("{\"k\": %d}".formatted(2 * i), "{\"k\": %d}".formatted(2 * i + 1));
    }
    return table;
  }

  private ListOffsetsResultInfo offset(OffsetSpec spec) throws Exception {
    return admin.listOffsets(Map.of(T, spec)).partitionResult(T).get();
  }

  /** The fake's clock gives each batch of two rows a time of its own. */
  private void assertOffsets() throws Exception {
    assertThat(offset(OffsetSpec.earliest()).offset()).isZero();
    assertThat(offset(OffsetSpec.latest()).offset()).isEqualTo(8);
    ListOffsetsResultInfo last = offset(OffsetSpec.maxTimestamp());
    assertThat(last.offset()).isEqualTo(6);
    long first = offset(OffsetSpec.forTimestamp(0)).timestamp();
    assertThat(first).isPositive().isLessThan(last.timestamp());
    ListOffsetsResultInfo second = offset(OffsetSpec.forTimestamp(first + 1));
    assertThat(second.offset()).isEqualTo(2);
    assertThat(second.timestamp()).isGreaterThan(first);
    assertThat(offset(OffsetSpec.forTimestamp(last.timestamp() + 1)).offset()).isEqualTo(-1);
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      List<ConsumerRecord<String, String>> all = DoorFixture.read(consumer, 8, T);
      assertThat(all.get(2).timestamp()).isEqualTo(second.timestamp());
      assertThat(all.get(6).timestamp()).isEqualTo(last.timestamp());
    }
  }

  @Test
  void offsetsOfALog() throws Exception {
    filled();
    assertOffsets();
  }

  @Test
  void offsetsOfAKeyedTable() throws Exception {
    filled("k");
    assertOffsets();
  }

  @Test
  void recordsOfALogAreDeleted() throws Exception {
    filled();
    assertThat(delete(3)).isEqualTo(3);
    assertThat(offset(OffsetSpec.earliest()).offset()).isEqualTo(3);
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      assertThat(DoorFixture.read(consumer, 5, T))
          .extracting(ConsumerRecord::value)
          .startsWith("{\"k\":3}", "{\"k\":4}");
    }
  }

  private long delete(long before) throws Exception {
    return admin
        .deleteRecords(Map.of(T, RecordsToDelete.beforeOffset(before)))
        .lowWatermarks()
        .get(T)
        .get()
        .lowWatermark();
  }

  @Test
  void recordsOfAChangelogStay() throws Exception {
    filled("k");
    assertThatThrownBy(() -> delete(3)).hasCauseInstanceOf(PolicyViolationException.class);
    assertThat(offset(OffsetSpec.earliest()).offset()).isZero();
  }

  @Test
  void configsAreShownAndChanged() throws Exception {
    RowTable table = filled();
    assertThat(config("retention.ms")).isEqualTo("604800000");
    set("retention.ms", "3600000");
    assertThat(config("retention.ms")).isEqualTo("3600000");
    assertThat(table.server.latest(table.info).descriptor().properties())
        .containsEntry("table.log.ttl", "3600s");
    assertThatThrownBy(() -> set("cleanup.policy", "compact"))
        .hasCauseInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("table.log.format = kafka");
    assertThat(config("cleanup.policy")).isEqualTo("delete");
  }

  private String config(String name) throws Exception {
    return admin.describeConfigs(List.of(CONFIGS)).all().get().get(CONFIGS).get(name).value();
  }

  private void set(String name, String value) throws Exception {
    Collection<AlterConfigOp> change =
        List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
    admin.incrementalAlterConfigs(Map.of(CONFIGS, change)).all().get();
  }

  @Test
  void aLogGetsMorePartitionsUnlessRowsChooseThem() throws Exception {
    filled();
    grow("default.t", 3);
    assertThat(partitions("default.t")).isEqualTo(3);
    new RowTable(door, "default/hashed", 2, COLUMNS, List.of(), List.of("k"), Map.of());
    assertThatThrownBy(() -> grow("default.hashed", 3))
        .hasCauseInstanceOf(InvalidPartitionsException.class);
    assertThat(partitions("default.hashed")).isEqualTo(2);
  }

  private void grow(String topic, int to) throws Exception {
    admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(to))).all().get();
  }

  private int partitions(String topic) throws Exception {
    return admin
        .describeTopics(List.of(topic))
        .allTopicNames()
        .get()
        .get(topic)
        .partitions()
        .size();
  }

  @Test
  void aTableIsListedDescribedAndDropped() throws Exception {
    filled("k");
    assertThat(admin.listTopics().names().get()).containsExactly("default.t");
    assertThat(partitions("default.t")).isEqualTo(1);
    assertThat(
            admin
                .describeLogDirs(List.of(Broker.idOf("s1")))
                .allDescriptions()
                .get()
                .values()
                .stream()
                .flatMap(each -> each.values().stream())
                .flatMap(each -> each.replicaInfos().entrySet().stream())
                .filter(each -> each.getKey().equals(T))
                .mapToLong(each -> each.getValue().size())
                .sum())
        .isPositive();
    assertThatThrownBy(
            () -> admin.createTopics(List.of(new NewTopic("default.t", 1, (short) 1))).all().get())
        .hasCauseInstanceOf(TopicExistsException.class);
    admin.deleteTopics(List.of("default.t")).all().get();
    assertThat(admin.listTopics().names().get()).isEmpty();
    assertThatThrownBy(() -> partitions("default.t"))
        .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
  }

  @Test
  void rulesAreAboutTheTopicsName() throws Exception {
    try (DoorFixture guarded =
        new DoorFixture(
            new SecurityConfig(
                SecurityConfig.Authorization.ACL, Set.of("User:root"), Optional.empty()),
            "kafka.security.protocol",
            "SASL_PLAINTEXT")) {
      new RowTable(guarded, "default/t", COLUMNS).write("{\"k\": 1}");
      for (String user : List.of("root", "ann")) {
        guarded.setUser(user, ScramMechanism.SHA_256, user);
      }
      guarded.login.putAll(login("ann"));
      try (KafkaConsumer<String, String> ann = guarded.consumer()) {
        assertThatThrownBy(() -> DoorFixture.read(ann, 1, T))
            .isInstanceOf(TopicAuthorizationException.class);
      }
      guarded.login.putAll(login("root"));
      try (Admin root = guarded.admin()) {
        root.createAcls(
                List.of(
                    new AclBinding(
                        new ResourcePattern(ResourceType.TOPIC, "default.t", PatternType.LITERAL),
                        new AccessControlEntry(
                            "User:ann", "*", AclOperation.READ, AclPermissionType.ALLOW))))
            .all()
            .get();
      }
      guarded.login.putAll(login("ann"));
      try (KafkaConsumer<String, String> ann = guarded.consumer()) {
        assertThat(DoorFixture.read(ann, 1, T)).hasSize(1);
        assertThat(ann.listTopics(Duration.ofSeconds(10)).keySet()).containsExactly("default.t");
      }
    }
  }

  private static Map<String, Object> login(String user) {
    return DoorFixture.sasl("SASL_PLAINTEXT", "SCRAM-SHA-256", user, user);
  }
}
