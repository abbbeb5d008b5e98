package io.thalweg.kafkasuite;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.TestKitDefaults;
import org.apache.kafka.server.common.Feature;

/**
 * What a test wants of Kafka's brokers, said in our settings. A property without one has no effect:
 * the test shows whether it needed it.
 */
final class ServerSettings {
  /** Kafka's property, and the setting that says the same. */
  private static final Map<String, String> NAMES =
      Map.of(
          "auto.create.topics.enable", "kafka.topics.auto-create",
          "num.partitions", "kafka.topics.partitions",
          "super.users", "security.super-users",
          "group.max.size", "kafka.group.members.max",
          "group.consumer.max.size", "kafka.group.members.max");

  /** The same of times, which Kafka has in milliseconds. */
  private static final Map<String, String> TIMES =
      Map.of(
          "group.initial.rebalance.delay.ms", "kafka.group.initial-delay",
          "group.min.session.timeout.ms", "kafka.group.session.min",
          "group.max.session.timeout.ms", "kafka.group.session.max",
          "group.consumer.heartbeat.interval.ms", "kafka.group.heartbeat.interval",
          "group.consumer.assignment.interval.ms", "kafka.group.assignment.interval");

  /** Name classes of the test that Kafka's brokers load. */
  private static final Set<String> PLUGINS =
      Set.of(
          "alter.config.policy.class.name",
          "client.quota.callback.class",
          "create.topic.policy.class.name",
          "group.consumer.assignors",
          "metric.reporters",
          "principal.builder.class");

  /** What the door announces; a test that wants other levels tests other brokers. */
  private static final Map<Feature, Short> FEATURES =
      Map.of(Feature.GROUP_VERSION, (short) 1, Feature.TRANSACTION_VERSION, (short) 2);

  private ServerSettings() {}

  /** Settings of one server, by name; a test whose cluster we do not have is aborted. */
  static Map<String, String> of(ClusterConfig config, int id) {
    config
        .features()
        .forEach(
            (feature, level) -> {
              if (level > 0
                  ? !level.equals(FEATURES.get(feature))
                  : FEATURES.containsKey(feature)) {
                throw Unavailable.because("brokers with " + feature.featureName() + "=" + level);
              }
            });
    Map<String, String> settings = new LinkedHashMap<>();
    // Kafka waits for seconds by default, which is most of what a test takes.
    settings.put("kafka.group.initial-delay", "100ms");
    properties(config, id).forEach((name, value) -> add(settings, name, value));
    SecurityProtocol protocol = config.brokerSecurityProtocol();
    if (protocol == SecurityProtocol.SASL_PLAINTEXT) {
      settings.put("kafka.security.protocol", protocol.name);
      settings.put("kafka.sasl.mechanisms", "PLAIN");
      settings.put("security.authorization", "acl"); // as Kafka's tests make their brokers
    } else if (protocol != SecurityProtocol.PLAINTEXT) {
      throw Unavailable.because("brokers with " + protocol.name);
    }
    return settings;
  }

  /** Of all servers, then those of the controller and of the broker, whose part ours has alike. */
  private static Map<String, String> properties(ClusterConfig config, int server) {
    Map<String, String> properties = new LinkedHashMap<>(config.serverProperties());
    for (int id : new int[] {TestKitDefaults.CONTROLLER_ID_OFFSET, server}) {
      properties.putAll(config.perServerOverrideProperties().getOrDefault(id, Map.of()));
    }
    return properties;
  }

  private static void add(Map<String, String> settings, String name, String value) {
    if (NAMES.containsKey(name)) {
      settings.put(NAMES.get(name), value);
    } else if (TIMES.containsKey(name)) {
      settings.put(TIMES.get(name), value + "ms");
    } else if (name.equals("authorizer.class.name")) {
      settings.put("security.authorization", "acl");
    } else if (PLUGINS.contains(name)) {
      throw Unavailable.because("a class of its own in the brokers (" + name + ")");
    }
  }
}
