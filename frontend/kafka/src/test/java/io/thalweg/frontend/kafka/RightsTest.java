package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.server.security.SecurityConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What each request needs, by Kafka's own clients on a door that keeps to rules. */
final class RightsTest {
  private static final TopicPartition T0 = new TopicPartition("t", 0);
  private static final ConfigResource CONFIGS = new ConfigResource(ConfigResource.Type.TOPIC, "t");

  private final DoorFixture door =
      new DoorFixture(
          new SecurityConfig(
              SecurityConfig.Authorization.ACL, Set.of("User:root"), Optional.empty()),
          "kafka.security.protocol",
          "SASL_PLAINTEXT",
          "kafka.topics.auto-create",
          "false");
  private Admin root;
  private Admin ann;
  private int made;

  /** What a client does. */
  private interface Deed {
    void run() throws Exception;
  }

  /**
   * A request and what it needs.
   *
   * @param refusal the failure without one of the rights
   */
  private record Case(
      String name, Class<? extends Exception> refusal, List<AclBinding> needs, Deed deed) {}

  @BeforeEach
  void prepare() throws Exception {
    for (String user : List.of("root", "ann")) {
      door.setUser(user, ScramMechanism.SHA_256, user);
    }
    root = Admin.create(client("root"));
    ann = Admin.create(client("ann"));
    root.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
    try (KafkaProducer<String, String> producer = producer("root")) {
      producer.send(new ProducerRecord<>("t", "v")).get();
    }
    commit(root, "g").get();
  }

  @AfterEach
  void close() {
    root.close(Duration.ZERO);
    ann.close(Duration.ZERO);
    door.close();
  }

  private Map<String, Object> client(String user, Object... more) {
    Map<String, Object> config = DoorFixture.sasl("SASL_PLAINTEXT", "SCRAM-SHA-256", user, user);
    config.putAll(door.client(more));
    return config;
  }

  private KafkaProducer<String, String> producer(String user, Object... more) {
    return door.producer(pairs(client(user, more)));
  }

  private static Object[] pairs(Map<String, Object> config) {
    return config.entrySet().stream()
        .flatMap(each -> Stream.of(each.getKey(), each.getValue()))
        .toArray();
  }

  private static KafkaFuture<Void> commit(Admin admin, String group) {
    return admin.alterConsumerGroupOffsets(group, Map.of(T0, new OffsetAndMetadata(1))).all();
  }

  private static AclBinding rule(
      ResourceType kind, String name, AclOperation operation, AclPermissionType permission) {
    return new AclBinding(
        new ResourcePattern(kind, name, PatternType.LITERAL),
        new AccessControlEntry("User:ann", "*", operation, permission));
  }

  private static AclBinding topic(AclOperation operation) {
    return rule(ResourceType.TOPIC, "t", operation, AclPermissionType.ALLOW);
  }

  private static AclBinding group(AclOperation operation) {
    return rule(ResourceType.GROUP, "g", operation, AclPermissionType.ALLOW);
  }

  private static AclBinding cluster(AclOperation operation) {
    return rule(ResourceType.CLUSTER, "kafka-cluster", operation, AclPermissionType.ALLOW);
  }

  private static AclBinding denial(AclBinding of) {
    return rule(
        of.pattern().resourceType(),
        of.pattern().name(),
        of.entry().operation(),
        AclPermissionType.DENY);
  }

  private static ClientQuotaAlteration quota() {
    return new ClientQuotaAlteration(
        new ClientQuotaEntity(Map.of("user", "bob")),
        List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1e9)));
  }

  private static Case ofTopic(String name, AclOperation operation, Deed deed) {
    return new Case(name, TopicAuthorizationException.class, List.of(topic(operation)), deed);
  }

  private static Case ofCluster(String name, AclOperation operation, Deed deed) {
    return new Case(name, ClusterAuthorizationException.class, List.of(cluster(operation)), deed);
  }

  private static Case ofGroup(String name, AclOperation operation, Deed deed) {
    return new Case(name, GroupAuthorizationException.class, List.of(group(operation)), deed);
  }

  private List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    cases.add(
        ofTopic(
            "describe topics",
            AclOperation.DESCRIBE,
            () -> ann.describeTopics(List.of("t")).allTopicNames().get()));
    cases.add(ofTopic("produce", AclOperation.WRITE, () -> produce("enable.idempotence", false)));
    cases.add(ofTopic("produce once", AclOperation.WRITE, this::produce));
    cases.add(ofTopic("fetch", AclOperation.READ, this::fetch));
    cases.add(
        ofTopic(
            "offsets of topics",
            AclOperation.DESCRIBE,
            () -> ann.listOffsets(Map.of(T0, OffsetSpec.latest())).all().get()));
    cases.add(
        ofTopic(
            "offsets by time",
            AclOperation.DESCRIBE,
            () -> ann.listOffsets(Map.of(T0, OffsetSpec.forTimestamp(0))).all().get()));
    cases.add(
        new Case(
            "create topics",
            TopicAuthorizationException.class,
            List.of(cluster(AclOperation.CREATE)),
            () ->
                ann.createTopics(List.of(new NewTopic("new-" + ++made, 1, (short) 1)))
                    .all()
                    .get()));
    cases.add(
        ofTopic(
            "more partitions",
            AclOperation.ALTER,
            () ->
                ann.createPartitions(Map.of("t", NewPartitions.increaseTo(2 + ++made)))
                    .all()
                    .get()));
    cases.add(
        ofTopic(
            "configs",
            AclOperation.DESCRIBE_CONFIGS,
            () -> ann.describeConfigs(List.of(CONFIGS)).all().get()));
    cases.add(
        ofTopic(
            "change configs",
            AclOperation.ALTER_CONFIGS,
            () ->
                ann.incrementalAlterConfigs(
                        Map.of(
                            CONFIGS,
                            List.of(
                                new AlterConfigOp(
                                    new ConfigEntry("max.message.bytes", "1000000"),
                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get()));
    cases.add(
        ofTopic(
            "producers of a topic",
            AclOperation.READ,
            () -> {
              // The server in memory has no transactions; it is asked only by who may.
              try {
                ann.describeProducers(List.of(T0)).all().get();
              } catch (ExecutionException failure) {
                if (failure.getCause() instanceof TopicAuthorizationException) {
                  throw failure;
                }
              }
            }));
    addGroups(cases);
    addCluster(cases);
    // The last: the topic is gone then.
    cases.add(
        ofTopic(
            "delete topics",
            AclOperation.DELETE,
            () -> ann.deleteTopics(List.of("t")).all().get()));
    return cases;
  }

  private void produce(Object... more) throws Exception {
    Map<String, Object> config = client("ann", more);
    config.put("max.block.ms", 5_000);
    try (KafkaProducer<String, String> producer = door.producer(pairs(config))) {
      producer.send(new ProducerRecord<>("t", "v")).get();
    }
  }

  private void fetch() {
    try (KafkaConsumer<String, String> consumer =
        door.consumer(pairs(client("ann", "max.poll.records", 1)))) {
      consumer.assign(List.of(T0));
      consumer.seek(T0, 0);
      DoorFixture.poll(consumer, 1);
    }
  }

  private void addGroups(List<Case> cases) {
    cases.add(
        ofGroup(
            "describe groups",
            AclOperation.DESCRIBE,
            () -> ann.describeConsumerGroups(List.of("g")).all().get()));
    cases.add(
        ofGroup(
            "offsets of a group",
            AclOperation.DESCRIBE,
            () -> ann.listConsumerGroupOffsets("g").all().get()));
    cases.add(
        new Case(
            "commit",
            GroupAuthorizationException.class,
            List.of(group(AclOperation.READ), topic(AclOperation.READ)),
            () -> commit(ann, "g").get()));
    for (String protocol : List.of("classic", "consumer")) {
      cases.add(
          new Case(
              "join a group, " + protocol,
              // Of the group or of the topic, whichever answer comes first.
              AuthorizationException.class,
              List.of(group(AclOperation.READ), topic(AclOperation.READ)),
              () -> join(protocol)));
    }
    cases.add(
        new Case(
            "delete offsets",
            GroupAuthorizationException.class,
            List.of(group(AclOperation.DELETE), topic(AclOperation.READ)),
            () -> ann.deleteConsumerGroupOffsets("g", Set.of(T0)).all().get()));
    cases.add(
        ofGroup(
            "delete groups",
            AclOperation.DELETE,
            () -> {
              commit(root, "g").get();
              ann.deleteConsumerGroups(List.of("g")).all().get();
            }));
  }

  private void join(String protocol) {
    try (KafkaConsumer<String, String> consumer =
        door.consumer(
            pairs(
                client(
                    "ann",
                    "group.id",
                    "g",
                    "group.protocol",
                    protocol,
                    "enable.auto.commit",
                    "false")))) {
      consumer.subscribe(List.of("t"));
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (consumer.assignment().isEmpty() && System.nanoTime() < end) {
        consumer.poll(Duration.ofMillis(100));
      }
      assertThat(consumer.assignment()).isNotEmpty();
    }
  }

  private void addCluster(List<Case> cases) {
    cases.add(
        ofCluster(
            "quotas",
            AclOperation.DESCRIBE_CONFIGS,
            () -> ann.describeClientQuotas(ClientQuotaFilter.all()).entities().get()));
    cases.add(
        ofCluster(
            "change quotas",
            AclOperation.ALTER_CONFIGS,
            () -> ann.alterClientQuotas(List.of(quota())).all().get()));
    cases.add(
        ofCluster(
            "sizes of partitions",
            AclOperation.DESCRIBE,
            () -> {
              int broker = ann.describeCluster().nodes().get().iterator().next().id();
              ann.describeLogDirs(List.of(broker)).allDescriptions().get();
            }));
    cases.add(
        ofCluster(
            "reassignments",
            AclOperation.DESCRIBE,
            () -> ann.listPartitionReassignments().reassignments().get()));
    cases.add(
        ofCluster(
            "users", AclOperation.DESCRIBE, () -> ann.describeUserScramCredentials().all().get()));
    cases.add(
        ofCluster(
            "change users",
            AclOperation.ALTER,
            () ->
                ann.alterUserScramCredentials(
                        List.of(
                            new UserScramCredentialUpsertion(
                                "new",
                                new ScramCredentialInfo(
                                    org.apache.kafka.clients.admin.ScramMechanism.SCRAM_SHA_256,
                                    4_096),
                                "new")))
                    .all()
                    .get()));
    cases.add(
        ofCluster(
            "rules",
            AclOperation.DESCRIBE,
            () -> ann.describeAcls(AclBindingFilter.ANY).values().get()));
    AclBinding other =
        new AclBinding(
            new ResourcePattern(ResourceType.GROUP, "x", PatternType.PREFIXED),
            new AccessControlEntry(
                "User:x", "10.0.0.1", AclOperation.READ, AclPermissionType.DENY));
    cases.add(
        ofCluster(
            "add rules", AclOperation.ALTER, () -> ann.createAcls(List.of(other)).all().get()));
    cases.add(
        ofCluster(
            "remove rules",
            AclOperation.ALTER,
            () -> ann.deleteAcls(List.of(other.toFilter())).all().get()));
  }

  @Test
  void eachRequestNeedsItsRightsAndNoOthers() throws Exception {
    for (Case each : cases()) {
      refuses(each, each.refusal, "without any rule");
      if (each.needs.size() > 1) {
        root.createAcls(List.of(each.needs.get(0))).all().get();
        refuses(each, TopicAuthorizationException.class, "without the topic's");
      }
      root.createAcls(each.needs).all().get();
      AclBinding denial = denial(each.needs.get(0));
      root.createAcls(List.of(denial)).all().get();
      refuses(each, AuthorizationException.class, "with a denial");
      root.deleteAcls(List.of(denial.toFilter())).all().get();
      assertThatCode(each.deed::run).as(each.name).doesNotThrowAnyException();
      root.deleteAcls(List.of(AclBindingFilter.ANY)).all().get();
    }
  }

  private static void refuses(Case each, Class<? extends Exception> with, String when) {
    assertThatThrownBy(each.deed::run)
        .as("%s %s", each.name, when)
        .satisfies(
            failure -> {
              Throwable cause =
                  failure instanceof ExecutionException ? failure.getCause() : failure;
              assertThat(cause).isInstanceOf(with);
            });
  }

  @Test
  void whatMayNotBeSeenIsNotThere() throws Exception {
    root.createTopics(List.of(new NewTopic("seen", 1, (short) 1))).all().get();
    commit(root, "other").get();
    assertThat(ann.listTopics().names().get()).isEmpty();
    assertThat(ann.listGroups().all().get()).isEmpty();
    root.createAcls(
            List.of(
                rule(ResourceType.TOPIC, "seen", AclOperation.WRITE, AclPermissionType.ALLOW),
                group(AclOperation.READ)))
        .all()
        .get();
    assertThat(ann.listTopics().names().get()).containsExactly("seen");
    assertThat(ann.listGroups().all().get()).extracting(GroupListing::groupId).containsExactly("g");
    // Whether it exists or not, the answer is one.
    for (String topic : List.of("t", "nowhere")) {
      assertThatThrownBy(() -> ann.describeTopics(List.of(topic)).allTopicNames().get())
          .hasCauseInstanceOf(TopicAuthorizationException.class);
      assertThatThrownBy(() -> ann.deleteTopics(List.of(topic)).all().get())
          .hasCauseInstanceOf(TopicAuthorizationException.class);
    }
    assertThatThrownBy(() -> root.describeTopics(List.of("nowhere")).allTopicNames().get())
        .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
    assertThat(ann.listConsumerGroupOffsets("g").partitionsToOffsetAndMetadata().get().keySet())
        .isEmpty();
    assertThat(ann.describeCluster().nodes().get()).hasSize(1);
  }

  @Test
  void transactionsNeedTheirNames() throws Exception {
    root.createAcls(List.of(topic(AclOperation.WRITE))).all().get();
    Map<String, Object> config = client("ann", "transactional.id", "x");
    config.put("max.block.ms", 5_000);
    try (KafkaProducer<String, String> producer = door.producer(pairs(config))) {
      assertThatThrownBy(producer::initTransactions)
          .isInstanceOf(TransactionalIdAuthorizationException.class);
    }
    assertThatThrownBy(() -> ann.describeTransactions(List.of("x")).all().get())
        .hasCauseInstanceOf(TransactionalIdAuthorizationException.class);
  }

  @Test
  void rulesAreListedAsTheyWereMade() throws Exception {
    AclBinding prefix =
        new AclBinding(
            new ResourcePattern(ResourceType.TRANSACTIONAL_ID, "tx-", PatternType.PREFIXED),
            new AccessControlEntry(
                "User:*", "127.0.0.1", AclOperation.ALL, AclPermissionType.DENY));
    List<AclBinding> all = List.of(topic(AclOperation.READ), prefix, cluster(AclOperation.ALTER));
    root.createAcls(all).all().get();
    assertThat(root.describeAcls(AclBindingFilter.ANY).values().get())
        .containsExactlyInAnyOrderElementsOf(all);
    assertThat(root.describeAcls(prefix.toFilter()).values().get()).containsExactly(prefix);
    assertThat(root.deleteAcls(List.of(prefix.toFilter())).all().get()).containsExactly(prefix);
    assertThat(root.deleteAcls(List.of(prefix.toFilter())).all().get()).isEmpty();
    assertThat(root.describeAcls(AclBindingFilter.ANY).values().get()).hasSize(2);
    AclBinding odd =
        rule(ResourceType.CLUSTER, "else", AclOperation.ALTER, AclPermissionType.ALLOW);
    assertThatThrownBy(() -> root.createAcls(List.of(odd)).all().get())
        .hasCauseInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("kafka-cluster");
  }

  @Test
  void withoutEnforcementThereAreNoRules() {
    try (DoorFixture open = new DoorFixture();
        Admin admin = open.admin()) {
      assertThatThrownBy(() -> admin.describeAcls(AclBindingFilter.ANY).values().get())
          .hasCauseInstanceOf(SecurityDisabledException.class);
      assertThatThrownBy(() -> admin.createAcls(List.of(topic(AclOperation.READ))).all().get())
          .hasCauseInstanceOf(SecurityDisabledException.class);
    }
  }
}
