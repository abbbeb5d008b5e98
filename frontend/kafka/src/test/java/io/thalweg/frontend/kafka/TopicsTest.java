package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Principal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Topics through Kafka's own admin client, and as the tables that they are. */
final class TopicsTest {
  private static final Principal WHO = Principal.ANONYMOUS;

  private final DoorFixture door = new DoorFixture("kafka.topics.partitions", "3");
  private final Admin admin = door.admin();

  @AfterEach
  void close() {
    admin.close();
    door.close();
  }

  private static <T> T get(KafkaFuture<T> future) throws Exception {
    return future.get();
  }

  private void create(NewTopic topic) throws Exception {
    get(admin.createTopics(List.of(topic)).all());
  }

  private static NewTopic topic(String name) {
    return new NewTopic(name, 2, (short) 1);
  }

  @Test
  void aTopicIsATableOfItsName() throws Exception {
    door.server.createDatabase(WHO, "shop", "").join();
    create(topic("orders"));
    create(topic("shop.orders"));
    create(topic("no.database"));
    assertThat(get(admin.listTopics().names()))
        .isEqualTo(Set.of("orders", "shop.orders", "no.database"));
    assertThat(door.server.table(WHO, new TablePath("shop", "orders")).join().bucketCount())
        .isEqualTo(2);
    assertThat(door.server.table(WHO, new TablePath("kafka", "no.database")).join()).isNotNull();
    door.server
        .createTable(WHO, new TablePath("shop", "rows"), TableJson.descriptor("id BIGINT", 1))
        .join();
    assertThat(get(admin.listTopics().names())).contains("shop.rows");
  }

  @Test
  void aTopicMayBeginWithTheNameOfTheTopicsOwnDatabase() throws Exception {
    create(topic("orders"));
    create(topic("kafka.orders"));
    create(topic("kafka.others"));
    assertThat(get(admin.listTopics().names()))
        .isEqualTo(Set.of("orders", "kafka.orders", "kafka.others"));
    assertThat(get(admin.describeTopics(List.of("kafka.others")).allTopicNames()))
        .containsOnlyKeys("kafka.others");
    get(admin.deleteTopics(List.of("kafka.orders")).all());
    assertThat(get(admin.listTopics().names())).isEqualTo(Set.of("orders", "kafka.others"));
  }

  @Test
  void aTopicStaysTheOnlyOneOfItsNameWhereADatabaseIsMadeLater() throws Exception {
    create(topic("shop.orders"));
    door.server.createDatabase(WHO, "shop", "").join();
    refused(admin.createTopics(List.of(topic("shop.orders"))).all(), TopicExistsException.class);
    get(admin.deleteTopics(List.of("shop.orders")).all());
    create(topic("shop.orders"));
    assertThat(door.server.table(WHO, new TablePath("shop", "orders")).join()).isNotNull();
  }

  @Test
  void aTopicIsDescribedByNameAndById() throws Exception {
    create(new NewTopic("t", java.util.Optional.empty(), java.util.Optional.empty()));
    TopicDescription byName = get(admin.describeTopics(List.of("t")).allTopicNames()).get("t");
    assertThat(byName.partitions()).hasSize(3);
    assertThat(byName.partitions().get(0).leader().port()).isEqualTo(door.port);
    Uuid id = byName.topicId();
    TopicCollection ids = TopicCollection.ofTopicIds(List.of(id));
    assertThat(get(admin.describeTopics(ids).allTopicIds()).get(id).name()).isEqualTo("t");
    get(admin.deleteTopics(ids).all());
    assertThat(get(admin.listTopics().names())).isEmpty();
    refused(admin.describeTopics(ids).allTopicIds(), UnknownTopicIdException.class);
    refused(
        admin.describeTopics(List.of("t")).allTopicNames(), UnknownTopicOrPartitionException.class);
  }

  private static void refused(KafkaFuture<?> future, Class<? extends Throwable> with) {
    assertThatThrownBy(future::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(with);
  }

  @Test
  void whatCannotBeMadeIsRefused() throws Exception {
    create(topic("t"));
    refused(admin.createTopics(List.of(topic("t"))).all(), TopicExistsException.class);
    refused(admin.createTopics(List.of(topic("a b"))).all(), InvalidTopicException.class);
    refused(admin.createTopics(List.of(topic(".."))).all(), InvalidTopicException.class);
    NewTopic none = new NewTopic("none", 0, (short) 1);
    refused(admin.createTopics(List.of(none)).all(), InvalidPartitionsException.class);
    NewTopic cleaned = topic("c").configs(Map.of("cleanup.policy", "sweep"));
    refused(admin.createTopics(List.of(cleaned)).all(), InvalidConfigurationException.class);
    NewTopic wrong = topic("c").configs(Map.of("retention.ms", "soon"));
    refused(admin.createTopics(List.of(wrong)).all(), InvalidConfigurationException.class);
    CreateTopicsOptions only = new CreateTopicsOptions().validateOnly(true);
    get(admin.createTopics(List.of(topic("only")), only).all());
    refused(admin.createTopics(List.of(topic("t")), only).all(), TopicExistsException.class);
    assertThat(get(admin.listTopics().names())).containsExactly("t");
  }

  @Test
  void theGroupsTopicIsMadeAndDroppedByServersAlone() throws Exception {
    NewTopic offsets = topic("__consumer_offsets");
    refused(admin.createTopics(List.of(offsets)).all(), InvalidTopicException.class);
    try (KafkaProducer<String, String> producer = door.producer("max.block.ms", 1_000)) {
      refused(producer.send(new ProducerRecord<>("__consumer_offsets", "x")));
      assertThat(get(admin.listTopics().names())).isEmpty();
      assertThat(get(admin.listGroups().all())).isEmpty();
      assertThat(get(admin.listTopics(new ListTopicsOptions().listInternal(true)).names()))
          .containsExactly("__consumer_offsets");
      assertThat(get(admin.listTopics().names())).isEmpty();
      refused(producer.send(new ProducerRecord<>("__consumer_offsets", "x")));
    }
    List<String> named = List.of("__consumer_offsets");
    refused(admin.deleteTopics(named).all(), InvalidTopicException.class);
    NewTopic others = topic("__transaction_state");
    refused(admin.createTopics(List.of(others)).all(), InvalidTopicException.class);
  }

  private static void refused(Future<?> sent) {
    assertThatThrownBy(sent::get).isInstanceOf(ExecutionException.class);
  }

  @Test
  void configsAreKeptAndShown() throws Exception {
    create(topic("t").configs(Map.of("retention.ms", "90000", "segment.bytes", "2000000")));
    assertThat(door.server.table(WHO, new TablePath("kafka", "t")).join().descriptor().properties())
        .containsEntry("table.log.ttl", "90s");
    ConfigResource of = new ConfigResource(ConfigResource.Type.TOPIC, "t");
    var shown = get(admin.describeConfigs(List.of(of)).all()).get(of);
    assertThat(shown.get("retention.ms").value()).isEqualTo("90000");
    assertThat(shown.get("segment.bytes").value()).isEqualTo("2000000");
    assertThat(shown.get("segment.bytes").isDefault()).isFalse();
    assertThat(shown.get("cleanup.policy").value()).isEqualTo("delete");
    assertThat(shown.get("cleanup.policy").isDefault()).isTrue();
  }

  @Test
  void theClusterIsDescribed() throws Exception {
    assertThat(get(admin.describeCluster().clusterId())).isEqualTo("memory");
    assertThat(get(admin.describeCluster().nodes()))
        .hasSize(1)
        .allMatch(node -> node.port() == door.port);
  }

  @Test
  void aTopicThatWasDroppedAndMadeAnewIsTheNewOne() throws Exception {
    create(topic("t"));
    try (KafkaProducer<String, String> producer = door.producer("metadata.max.age.ms", 200)) {
      assertThat(producer.send(new ProducerRecord<>("t", 0, null, "old")).get().offset()).isZero();
      get(admin.deleteTopics(List.of("t")).all());
      create(topic("t"));
      assertThat(producer.send(new ProducerRecord<>("t", 0, null, "new")).get().offset()).isZero();
    }
  }
}
