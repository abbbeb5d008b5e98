package io.thalweg.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rules judge as Kafka's do. */
final class AclAuthorizerTest {
  private static final Principal ANN = new Principal("ann", "10.0.0.1");
  private static final List<AclOperation> OPERATIONS =
      List.of(AclOperation.ALL, AclOperation.READ, AclOperation.WRITE, AclOperation.CREATE);

  private final List<AclBinding> rules = new ArrayList<>();

  private boolean may(Principal who, Operation operation, Resource resource) {
    SecurityConfig config =
        SecurityConfig.from(
                Settings.of(
                    Map.of(
                        "security.authorization", "acl",
                        "security.super-users", "User:root; User:CN=ops,O=x")))
            .with(new SecurityConfig.Admin("admin", Map.of()));
    return new AclAuthorizer(config, () -> AclIndex.of(rules)).allows(who, operation, resource);
  }

  private static Resource topic(String name) {
    return new Resource.Table(new TablePath("kafka", name));
  }

  private void rule(AclResource kind, String name, AclOperation operation, boolean allows) {
    boolean prefixed = name.endsWith("…");
    rules.add(
        new AclBinding(kind, prefixed, name.replace("…", ""), "User:ann", "*", operation, allows));
  }

  private void allow(String topic, AclOperation operation) {
    rule(AclResource.TOPIC, topic, operation, true);
  }

  private void deny(String topic, AclOperation operation) {
    rule(AclResource.TOPIC, topic, operation, false);
  }

  @Test
  void whoHasNoRuleMayDoNothing() {
    assertThat(may(ANN, Operation.READ, topic("t"))).isFalse();
    allow("t", AclOperation.READ);
    assertThat(may(ANN, Operation.READ, topic("t"))).isTrue();
    assertThat(may(ANN, Operation.WRITE, topic("t"))).isFalse();
    assertThat(may(ANN, Operation.READ, topic("t2"))).isFalse();
    assertThat(may(new Principal("bob"), Operation.READ, topic("t"))).isFalse();
    assertThat(may(ANN, Operation.READ, new Resource.Group("t"))).isFalse();
  }

  @Test
  void superUsersAndTheServerMayDoEverything() {
    deny("t", AclOperation.ALL);
    for (String each : List.of("root", "CN=ops,O=x", "admin")) {
      assertThat(may(new Principal(each), Operation.DROP, topic("t"))).as(each).isTrue();
    }
    assertThat(may(Principal.SERVER, Operation.DROP, topic("t"))).isTrue();
    assertThat(may(new Principal("the server"), Operation.DROP, topic("t"))).isFalse();
    assertThat(may(Principal.ANONYMOUS, Operation.DROP, topic("t"))).isFalse();
  }

  @Test
  void denialWinsWhereverItStands() {
    allow("t", AclOperation.ALL);
    deny("t…", AclOperation.WRITE);
    assertThat(may(ANN, Operation.WRITE, topic("t"))).isFalse();
    assertThat(may(ANN, Operation.READ, topic("t"))).isTrue();
    rules.add(
        new AclBinding(
            AclResource.TOPIC, false, "*", "User:*", "10.0.0.1", AclOperation.READ, false));
    assertThat(may(ANN, Operation.READ, topic("t"))).isFalse();
    assertThat(may(new Principal("ann", "10.0.0.2"), Operation.READ, topic("t"))).isTrue();
  }

  @Test
  void someOperationsIncludeOthers() {
    for (AclOperation each :
        List.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DELETE, AclOperation.ALTER)) {
      rules.clear();
      allow("t", each);
      assertThat(may(ANN, Operation.DESCRIBE, topic("t"))).as("%s", each).isTrue();
      assertThat(may(ANN, Operation.DESCRIBE_CONFIGS, topic("t"))).as("%s", each).isFalse();
    }
    // To deny reading does not deny what reading includes.
    rules.clear();
    allow("t", AclOperation.DESCRIBE);
    deny("t", AclOperation.READ);
    assertThat(may(ANN, Operation.DESCRIBE, topic("t"))).isTrue();
    allow("t", AclOperation.ALTER_CONFIGS);
    assertThat(may(ANN, Operation.DESCRIBE_CONFIGS, topic("t"))).isTrue();
  }

  @Test
  void aTableHasTheNameOfItsTopic() {
    allow("shop.…", AclOperation.READ);
    allow("orders", AclOperation.READ);
    assertThat(may(ANN, Operation.READ, table("shop.orders"))).isTrue();
    assertThat(may(ANN, Operation.READ, table("kafka.shop.orders"))).isTrue();
    assertThat(may(ANN, Operation.READ, table("kafka.orders"))).isTrue();
    assertThat(may(ANN, Operation.READ, table("default.orders"))).isFalse();
    assertThat(may(ANN, Operation.DESCRIBE, new Resource.Database("shop"))).isTrue();
    assertThat(may(ANN, Operation.DESCRIBE, new Resource.Database("kafka"))).isTrue();
    assertThat(may(ANN, Operation.DESCRIBE, new Resource.Database("other"))).isFalse();
    assertThat(may(ANN, Operation.DROP, new Resource.Database("shop"))).isFalse();
  }

  private static Resource table(String path) {
    int dot = path.indexOf('.');
    return new Resource.Table(new TablePath(path.substring(0, dot), path.substring(dot + 1)));
  }

  @Test
  void theClusterStandsForWhatIsNotThereYet() {
    assertThat(may(ANN, Operation.CREATE, topic("t"))).isFalse();
    rule(AclResource.CLUSTER, AclBinding.CLUSTER, AclOperation.CREATE, true);
    assertThat(may(ANN, Operation.CREATE, topic("t"))).isTrue();
    assertThat(may(ANN, Operation.CREATE, new Resource.Database("d"))).isTrue();
    assertThat(may(ANN, Operation.ALTER, topic("t"))).isFalse();
    rules.clear();
    allow("t", AclOperation.CREATE);
    assertThat(may(ANN, Operation.CREATE, topic("t"))).isTrue();
    assertThat(may(ANN, Operation.CREATE, topic("u"))).isFalse();
  }

  @Test
  void whoMayWriteSomeTopicMayWriteEachBatchOnce() {
    Resource cluster = new Resource.Cluster();
    assertThat(may(ANN, Operation.IDEMPOTENT_WRITE, cluster)).isFalse();
    allow("logs-…", AclOperation.WRITE);
    assertThat(may(ANN, Operation.IDEMPOTENT_WRITE, cluster)).isTrue();
    deny("logs…", AclOperation.WRITE);
    assertThat(may(ANN, Operation.IDEMPOTENT_WRITE, cluster)).isFalse();
    allow("t", AclOperation.WRITE);
    assertThat(may(ANN, Operation.IDEMPOTENT_WRITE, cluster)).isTrue();
    deny("t", AclOperation.ALL);
    assertThat(may(ANN, Operation.IDEMPOTENT_WRITE, cluster)).isFalse();
    allow("*", AclOperation.WRITE);
    assertThat(may(ANN, Operation.IDEMPOTENT_WRITE, cluster)).isTrue();
  }

  /** The index finds what a look at every rule finds. */
  @Test
  void theIndexMissesNothing() {
    for (long seed = 1; seed <= 200; seed++) {
      SeededRandom random = new SeededRandom(seed);
      rules.clear();
      for (int i = 0; i < 30; i++) {
        rules.add(
            new AclBinding(
                AclResource.TOPIC,
                random.nextInt(2) == 0,
                random.nextInt(12) == 0 ? "*" : name(random, 1),
                random.nextInt(3) == 0 ? "User:*" : "User:" + name(random, 1).charAt(0),
                random.nextInt(3) == 0 ? "h" : "*",
                OPERATIONS.get(random.nextInt(4)),
                random.nextInt(3) > 0));
      }
      AclIndex index = AclIndex.of(rules);
      for (int i = 0; i < 50; i++) {
        AclIndex.Asker asker = new AclIndex.Asker("User:" + name(random, 1).charAt(0), "h");
        String topic = name(random, 0);
        AclOperation wanted = OPERATIONS.get(1 + random.nextInt(3));
        assertThat(index.allows(asker, wanted, AclResource.TOPIC, topic))
            .as("seed %d, %s %s %s", seed, asker, wanted, topic)
            .isEqualTo(plainly(asker, wanted, topic));
      }
    }
  }

  private static String name(SeededRandom random, int least) {
    StringBuilder name = new StringBuilder();
    for (int i = least + random.nextInt(4); i > 0 || name.length() < least; i--) {
      name.append((char) ('a' + random.nextInt(2)));
    }
    return name.toString();
  }

  private boolean plainly(AclIndex.Asker asker, AclOperation wanted, String topic) {
    List<AclBinding> about =
        rules.stream()
            .filter(each -> each.covers(AclResource.TOPIC, topic))
            .filter(each -> each.concerns(asker.principal(), asker.host()))
            .toList();
    boolean denied =
        about.stream()
            .anyMatch(
                each ->
                    !each.allows() && List.of(AclOperation.ALL, wanted).contains(each.operation()));
    return !denied
        && about.stream()
            .anyMatch(
                each ->
                    each.allows() && List.of(AclOperation.ALL, wanted).contains(each.operation()));
  }

  @Test
  void settingsThatNameNoUserAreRefused() {
    assertThat(SecurityConfig.from(Settings.of(Map.of()))).isEqualTo(SecurityConfig.NONE);
    for (String bad : List.of("alice", "User:*", "User:a;bob")) {
      assertThatThrownBy(
              () -> SecurityConfig.from(Settings.of(Map.of("security.super-users", bad))))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("User:NAME");
    }
    assertThat(SecurityConfig.NONE.admin()).isEqualTo(Optional.empty());
  }
}
