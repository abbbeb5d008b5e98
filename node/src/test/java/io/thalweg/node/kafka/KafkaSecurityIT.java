package io.thalweg.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.node.process.KafkaDev;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnacceptableCredentialException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A {@code thalweg dev} that asks who comes: the first user is in a file, the others and the rules
 * are the cluster's and survive {@code kill -9}.
 */
class KafkaSecurityIT {
  @TempDir Path folder;
  private KafkaDev dev;
  private Path password;

  @BeforeEach
  void choosePorts() throws Exception {
    dev = new KafkaDev(folder.resolve("data"));
    password = Files.writeString(folder.resolve("password"), "from a file\n");
  }

  private ThalwegProcess start() {
    return dev.start(
        "--set",
        "kafka.security.protocol=SASL_PLAINTEXT",
        "--set",
        "security.authorization=acl",
        "--set",
        "security.admin.password-file=" + password);
  }

  private Map<String, Object> client(String user, String secret, Object... more) {
    Map<String, Object> config = dev.client(more);
    config.put("security.protocol", "SASL_PLAINTEXT");
    config.put("sasl.mechanism", "SCRAM-SHA-512");
    config.put(
        "sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";"
            .formatted(user, secret));
    return config;
  }

  private Map<String, Object> ann(Object... more) {
    return client("ann", "ann's", more);
  }

  private static AclBinding rule(ResourceType kind, String name, AclOperation operation) {
    return new AclBinding(
        new ResourcePattern(kind, name, PatternType.LITERAL),
        new AccessControlEntry("User:ann", "*", operation, AclPermissionType.ALLOW));
  }

  private static UserScramCredentialUpsertion user(String name, String secret) {
    return new UserScramCredentialUpsertion(
        name, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4_096), secret);
  }

  @Test
  @Timeout(300)
  void usersAndRulesAreTheClusters() throws Exception {
    ThalwegProcess first = start();
    try (Admin admin = Admin.create(client("admin", "from a file"))) {
      admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
      admin.alterUserScramCredentials(List.of(user("ann", "ann's"))).all().get();
      assertThatThrownBy(
              () -> admin.alterUserScramCredentials(List.of(user("admin", "mine"))).all().get())
          .hasCauseInstanceOf(UnacceptableCredentialException.class)
          .hasMessageContaining("security.admin.user");
      admin.createAcls(List.of(rule(ResourceType.TOPIC, "t", AclOperation.WRITE))).all().get();
    }
    refusesATransaction();
    first.kill();
    try (ThalwegProcess second = start();
        Admin admin = Admin.create(client("admin", "from a file"))) {
      assertThat(admin.describeUserScramCredentials().all().get().keySet())
          .isEqualTo(Set.of("ann"));
      assertThat(admin.describeAcls(AclBindingFilter.ANY).values().get()).hasSize(1);
      refusesATransaction();
      admin
          .createAcls(
              List.of(
                  rule(ResourceType.TOPIC, "t", AclOperation.READ),
                  rule(ResourceType.TRANSACTIONAL_ID, "x", AclOperation.WRITE)))
          .all()
          .get();
      transact(GroupAuthorizationException.class);
      admin.createAcls(List.of(rule(ResourceType.GROUP, "g", AclOperation.READ))).all().get();
      transact(null);
      reads("in a transaction");
      refusesOthers();
      assertThat(second.alive()).isTrue();
    }
  }

  private KafkaProducer<String, String> producer(Object... more) {
    Map<String, Object> config = new HashMap<>(ann(more));
    config.put("max.block.ms", 20_000);
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  private void refusesATransaction() {
    try (KafkaProducer<String, String> producer = producer("transactional.id", "x")) {
      assertThatThrownBy(producer::initTransactions)
          .isInstanceOf(TransactionalIdAuthorizationException.class);
    }
  }

  /** Records and offsets in one transaction; with what it fails, or null. */
  private void transact(Class<? extends Exception> failure) {
    try (KafkaProducer<String, String> producer = producer("transactional.id", "x");
        KafkaConsumer<String, String> member = consumer()) {
      producer.initTransactions();
      producer.beginTransaction();
      var unused = producer.send(new ProducerRecord<>("t", "in a transaction"));
      Map<TopicPartition, OffsetAndMetadata> offsets =
          Map.of(new TopicPartition("t", 0), new OffsetAndMetadata(1));
      if (failure == null) {
        producer.sendOffsetsToTransaction(offsets, member.groupMetadata());
        producer.commitTransaction();
      } else {
        assertThatThrownBy(
                () -> {
                  producer.sendOffsetsToTransaction(offsets, member.groupMetadata());
                  producer.commitTransaction();
                })
            .satisfiesAnyOf(
                thrown -> assertThat(thrown).isInstanceOf(failure),
                thrown -> assertThat(thrown).hasCauseInstanceOf(failure));
        producer.abortTransaction();
      }
    }
  }

  private KafkaConsumer<String, String> consumer() {
    return new KafkaConsumer<>(
        ann("group.id", "g", "auto.offset.reset", "earliest", "isolation.level", "read_committed"),
        new StringDeserializer(),
        new StringDeserializer());
  }

  private void reads(String value) {
    try (KafkaConsumer<String, String> consumer = consumer()) {
      TopicPartition partition = new TopicPartition("t", 0);
      assertThat(consumer.committed(Set.of(partition)).get(partition).offset()).isEqualTo(1);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      List<String> read = new ArrayList<>();
      while (read.isEmpty()) {
        consumer.poll(Duration.ofSeconds(1)).forEach(each -> read.add(each.value()));
      }
      assertThat(read).containsExactly(value);
    }
  }

  private void refusesOthers() {
    try (Admin other = Admin.create(ann())) {
      assertThatThrownBy(() -> other.describeAcls(AclBindingFilter.ANY).values().get())
          .hasCauseInstanceOf(ClusterAuthorizationException.class);
      assertThatThrownBy(() -> other.describeTopics(List.of("u")).allTopicNames().get())
          .hasCauseInstanceOf(TopicAuthorizationException.class);
    }
    for (List<String> wrong : List.of(List.of("admin", "ann's"), List.of("bob", "from a file"))) {
      try (Admin other = Admin.create(client(wrong.get(0), wrong.get(1)))) {
        assertThatThrownBy(() -> other.listTopics().names().get())
            .hasCauseInstanceOf(SaslAuthenticationException.class);
      }
    }
  }
}
