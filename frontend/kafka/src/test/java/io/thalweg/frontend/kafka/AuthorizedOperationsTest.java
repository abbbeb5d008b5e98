package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.security.SecurityConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients that ask hear of what they may do (KIP-430). */
final class AuthorizedOperationsTest {
  private static final Set<AclOperation> ALL_OF_TOPICS =
      Set.of(
          AclOperation.READ,
          AclOperation.WRITE,
          AclOperation.CREATE,
          AclOperation.DELETE,
          AclOperation.ALTER,
          AclOperation.DESCRIBE,
          AclOperation.DESCRIBE_CONFIGS,
          AclOperation.ALTER_CONFIGS);
  private static final Set<AclOperation> ALL_OF_GROUPS =
      Set.of(
          AclOperation.READ,
          AclOperation.DELETE,
          AclOperation.DESCRIBE,
          AclOperation.DESCRIBE_CONFIGS,
          AclOperation.ALTER_CONFIGS);
  private static final Set<AclOperation> ALL_OF_CLUSTERS =
      Set.of(
          AclOperation.CREATE,
          AclOperation.ALTER,
          AclOperation.DESCRIBE,
          AclOperation.CLUSTER_ACTION,
          AclOperation.DESCRIBE_CONFIGS,
          AclOperation.ALTER_CONFIGS,
          AclOperation.IDEMPOTENT_WRITE);

  private final DoorFixture door =
      new DoorFixture(
          new SecurityConfig(
              SecurityConfig.Authorization.ACL, Set.of("User:root"), Optional.empty()),
          "kafka.security.protocol",
          "SASL_PLAINTEXT");
  private Admin root;
  private Admin ann;

  @BeforeEach
  void prepare() throws Exception {
    root = door.adminOf("root");
    ann = door.adminOf("ann");
    root.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
    root.alterConsumerGroupOffsets(
            "g", Map.of(new TopicPartition("t", 0), new OffsetAndMetadata(0)))
        .all()
        .get();
  }

  @AfterEach
  void close() {
    root.close(Duration.ZERO);
    ann.close(Duration.ZERO);
    door.close();
  }

  private void allow(ResourceType kind, String name, AclOperation operation) throws Exception {
    root.createAcls(
            List.of(
                new AclBinding(
                    new ResourcePattern(kind, name, PatternType.LITERAL),
                    new AccessControlEntry("User:ann", "*", operation, AclPermissionType.ALLOW))))
        .all()
        .get();
  }

  private static Set<AclOperation> ofTopic(Admin admin) throws Exception {
    return admin
        .describeTopics(List.of("t"), new DescribeTopicsOptions().includeAuthorizedOperations(true))
        .allTopicNames()
        .get()
        .get("t")
        .authorizedOperations();
  }

  private static Set<AclOperation> ofGroup(Admin admin) throws Exception {
    return admin
        .describeConsumerGroups(
            List.of("g"), new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
        .all()
        .get()
        .get("g")
        .authorizedOperations();
  }

  private static Set<AclOperation> ofCluster(Admin admin) throws Exception {
    return admin
        .describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true))
        .authorizedOperations()
        .get();
  }

  @Test
  void whoMayDoEverythingHearsAll() throws Exception {
    assertThat(ofTopic(root)).isEqualTo(ALL_OF_TOPICS);
    assertThat(ofGroup(root)).isEqualTo(ALL_OF_GROUPS);
    assertThat(ofCluster(root)).isEqualTo(ALL_OF_CLUSTERS);
  }

  @Test
  void othersHearWhatRulesAllow() throws Exception {
    allow(ResourceType.TOPIC, "t", AclOperation.WRITE);
    assertThat(ofTopic(ann)).isEqualTo(Set.of(AclOperation.WRITE, AclOperation.DESCRIBE));
    allow(ResourceType.GROUP, "g", AclOperation.READ);
    assertThat(ofGroup(ann)).isEqualTo(Set.of(AclOperation.READ, AclOperation.DESCRIBE));
    assertThat(ofCluster(ann)).isEmpty();
    allow(ResourceType.CLUSTER, "kafka-cluster", AclOperation.ALTER_CONFIGS);
    allow(ResourceType.CLUSTER, "kafka-cluster", AclOperation.ALTER);
    assertThat(ofCluster(ann))
        .contains(AclOperation.ALTER, AclOperation.ALTER_CONFIGS, AclOperation.DESCRIBE)
        .doesNotContain(AclOperation.CREATE, AclOperation.CLUSTER_ACTION);
  }

  @Test
  void whoDoesNotAskHearsNothing() throws Exception {
    assertThat(
            root.describeConsumerGroups(List.of("g")).all().get().get("g").authorizedOperations())
        .isNull();
    assertThat(root.describeCluster().authorizedOperations().get()).isNull();
  }
}
