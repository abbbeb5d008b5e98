package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResourceCollection;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterableConfigCollection;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Configs that change while a topic lives. */
final class ConfigChangesTest {
  private static final ConfigResource TOPIC = new ConfigResource(ConfigResource.Type.TOPIC, "t");

  private final DoorFixture door = new DoorFixture();
  private final Admin admin = door.admin();

  @AfterEach
  void close() {
    admin.close();
    door.close();
  }

  private static AlterConfigOp op(OpType type, String name, String value) {
    return new AlterConfigOp(new ConfigEntry(name, value), type);
  }

  private void change(AlterConfigOp... ops) throws Exception {
    admin.incrementalAlterConfigs(Map.of(TOPIC, List.of(ops))).all().get();
  }

  private void refused(Class<? extends Throwable> with, String why, AlterConfigOp... ops) {
    refused(TOPIC, with, why, ops);
  }

  private void refused(
      ConfigResource of, Class<? extends Throwable> with, String why, AlterConfigOp... ops) {
    assertThatThrownBy(() -> admin.incrementalAlterConfigs(Map.of(of, List.of(ops))).all().get())
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(with)
        .hasMessageContaining(why);
  }

  private Config shown() throws Exception {
    return admin.describeConfigs(List.of(TOPIC)).all().get().get(TOPIC);
  }

  private Map<String, String> properties() {
    return door.server
        .table(Principal.ANONYMOUS, new TablePath("kafka", "t"))
        .join()
        .descriptor()
        .properties();
  }

  @Test
  void timesAreKeptToTheMillisecond() throws Exception {
    door.create("t", 1);
    change(
        op(OpType.SET, "retention.ms", "7654321"), op(OpType.SET, "delete.retention.ms", "1234"));
    assertThat(shown().get("retention.ms").value()).isEqualTo("7654321");
    assertThat(shown().get("delete.retention.ms").value()).isEqualTo("1234");
    String longest = Long.toString(Long.MAX_VALUE);
    change(op(OpType.SET, "retention.ms", longest), op(OpType.SET, "delete.retention.ms", longest));
    assertThat(shown().get("retention.ms").value()).isEqualTo("-1");
    assertThat(shown().get("delete.retention.ms").value())
        .isEqualTo(Long.toString(Duration.ofDays(36_500).toMillis()));
  }

  @Test
  void aChangeHoldsAtOnceAndCanBeTakenBack() throws Exception {
    door.create("t", 1, Map.of("segment.ms", "70000"));
    change(
        op(OpType.SET, "retention.ms", "90000"),
        op(OpType.SET, "max.message.bytes", "1000"),
        op(OpType.SET, "our.own", "x, 'y'"),
        op(OpType.DELETE, "segment.ms", null));
    assertThat(properties())
        .containsEntry("table.log.ttl", "90s")
        .containsEntry("kafka.our.own", "x, 'y'")
        .doesNotContainKey("kafka.segment.ms");
    assertThat(shown().get("retention.ms").value()).isEqualTo("90000");
    assertThat(shown().get("our.own").value()).isEqualTo("x, 'y'");
    try (KafkaProducer<String, String> producer = door.producer()) {
      assertThatThrownBy(() -> producer.send(new ProducerRecord<>("t", "x".repeat(5_000))).get())
          .hasCauseInstanceOf(RecordTooLargeException.class);
      change(op(OpType.DELETE, "max.message.bytes", null), op(OpType.DELETE, "retention.ms", null));
      producer.send(new ProducerRecord<>("t", "x".repeat(5_000))).get();
    }
    assertThat(shown().get("retention.ms").value()).isEqualTo("604800000");
    assertThat(shown().get("retention.ms").isDefault()).isTrue();
    assertThat(properties()).doesNotContainKey("table.log.ttl");
  }

  @Test
  void whatCannotBeIsRefusedAndChangesNothing() throws Exception {
    door.create("t", 1);
    Map<String, String> before = properties();
    refused(
        InvalidConfigurationException.class,
        "retention.ms",
        op(OpType.SET, "our.own", "x"),
        op(OpType.SET, "retention.ms", "soon"));
    refused(
        InvalidConfigurationException.class,
        "cleanup.policy",
        op(OpType.SET, "cleanup.policy", "sweep"));
    refused(InvalidConfigurationException.class, "no list", op(OpType.APPEND, "retention.ms", "5"));
    refused(
        InvalidConfigurationException.class,
        "message.timestamp.type",
        op(OpType.SET, "message.timestamp.type", "Never"));
    refused(
        InvalidConfigurationException.class, "preallocate", op(OpType.SET, "preallocate", "maybe"));
    refused(
        InvalidRequestException.class,
        "twice",
        op(OpType.SET, "our.own", "x"),
        op(OpType.DELETE, "our.own", null));
    refused(
        new ConfigResource(ConfigResource.Type.TOPIC, "none"),
        UnknownTopicOrPartitionException.class,
        "none",
        op(OpType.SET, "retention.ms", "90000"));
    refused(
        new ConfigResource(ConfigResource.Type.TOPIC, "__consumer_offsets"),
        InvalidTopicException.class,
        "__consumer_offsets",
        op(OpType.SET, "retention.ms", "90000"));
    refused(
        new ConfigResource(ConfigResource.Type.BROKER, ""),
        InvalidRequestException.class,
        "settings of its own",
        op(OpType.SET, "num.io.threads", "3"));
    assertThat(properties()).isEqualTo(before);
  }

  @Test
  void aChangeIsTriedWithoutBeingMade() throws Exception {
    door.create("t", 1);
    Map<String, String> before = properties();
    AlterConfigsOptions only = new AlterConfigsOptions().validateOnly(true);
    AlterConfigOp well = op(OpType.SET, "retention.ms", "90000");
    admin.incrementalAlterConfigs(Map.of(TOPIC, List.of(well)), only).all().get();
    assertThat(properties()).isEqualTo(before);
    AlterConfigOp bad = op(OpType.SET, "retention.ms", "-7");
    assertThatThrownBy(
            () -> admin.incrementalAlterConfigs(Map.of(TOPIC, List.of(bad)), only).all().get())
        .hasCauseInstanceOf(InvalidConfigurationException.class);
  }

  @Test
  void listsAreAddedToAndTakenFrom() throws Exception {
    door.create("t", 1);
    String list = "leader.replication.throttled.replicas";
    change(op(OpType.APPEND, list, "0:1"));
    change(op(OpType.APPEND, list, "1:1,0:1"));
    assertThat(shown().get(list).value()).isEqualTo("0:1,1:1");
    change(op(OpType.SUBTRACT, list, "0:1"));
    assertThat(shown().get(list).value()).isEqualTo("1:1");
    change(op(OpType.APPEND, "cleanup.policy", "delete"));
    change(op(OpType.APPEND, "cleanup.policy", "compact"));
    assertThat(shown().get("cleanup.policy").value()).isEqualTo("delete,compact");
    assertThat(properties()).containsEntry("table.log.cleanup", "delete,compact");
    change(
        op(OpType.SET, "cleanup.policy", "compact"),
        op(OpType.SET, "min.cleanable.dirty.ratio", "0.25"),
        op(OpType.SET, "delete.retention.ms", "60000"));
    assertThat(shown().get("cleanup.policy").value()).isEqualTo("compact");
    assertThat(shown().get("min.cleanable.dirty.ratio").value()).isEqualTo("0.25");
    assertThat(shown().get("delete.retention.ms").value()).isEqualTo("60000");
  }

  /** The older request, which the Java client has no method for any more. */
  @Test
  void configsAreReplacedTogether() throws Exception {
    door.create("t", 1, Map.of("segment.ms", "70000", "retention.ms", "90000"));
    AlterConfigsResource topic =
        new AlterConfigsResource()
            .setResourceType(TOPIC.type().id())
            .setResourceName("t")
            .setConfigs(
                new AlterableConfigCollection(
                    List.of(
                            new AlterableConfig().setName("max.message.bytes").setValue("2000"),
                            new AlterableConfig().setName("segment.ms").setValue("80000"))
                        .iterator()));
    AlterConfigsRequestData data =
        new AlterConfigsRequestData()
            .setResources(new AlterConfigsResourceCollection(List.of(topic).iterator()));
    try (RawClient client = new RawClient(door.port)) {
      AlterConfigsResponse answer =
          (AlterConfigsResponse) client.ask(new AlterConfigsRequest(data, (short) 2));
      assertThat(answer.data().responses()).hasSize(1);
      assertThat(answer.data().responses().get(0).errorCode()).isEqualTo(Errors.NONE.code());
    }
    assertThat(properties())
        .containsEntry("kafka.max.message.bytes", "2000")
        .containsEntry("kafka.segment.ms", "80000")
        .containsEntry("table.log.format", "kafka")
        .doesNotContainKey("table.log.ttl");
  }
}
