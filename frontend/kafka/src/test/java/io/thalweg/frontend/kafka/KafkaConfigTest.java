package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.frontend.kafka.group.GroupConfig;
import io.thalweg.frontend.kafka.login.DoorSecurity;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;

final class KafkaConfigTest {
  private static KafkaConfig of(Map<String, String> values) {
    Settings settings = Settings.of(values);
    KafkaConfig config = KafkaConfig.from(settings, "s1");
    settings.rejectUnknown();
    return config;
  }

  @Test
  void aServerHasNoDoorUnlessItIsToldAPort() {
    KafkaConfig config = of(Map.of());
    assertThat(config.opens()).isFalse();
    assertThat(config.maxRequestBytes()).isEqualTo(100 << 20);
    assertThat(config.inboundBytes()).isEqualTo(256 << 20);
    assertThat(config.maxConnections()).isEqualTo(10_000);
    assertThat(config.maxInFlight()).isEqualTo(100);
    assertThat(config.fetchSessions()).isEqualTo(1_000);
    assertThat(config.autoCreate()).isTrue();
    assertThat(config.partitions()).isEqualTo(1);
    assertThat(of(Map.of("kafka.port", "0")).opens()).isTrue();
  }

  @Test
  void namesAndBounds() {
    KafkaConfig config =
        of(
            Map.of(
                "kafka.port", "9092",
                "kafka.node.id", "7",
                "kafka.request.max", "2mib",
                "kafka.inbound.memory", "3mib",
                "kafka.connections.max", "5",
                "kafka.connection.inflight.max", "4",
                "kafka.fetch.sessions.max", "3",
                "kafka.threads", "2",
                "kafka.topics.auto-create", "false",
                "kafka.topics.partitions", "12"));
    assertThat(config)
        .isEqualTo(
            new KafkaConfig(
                "127.0.0.1",
                9092,
                "127.0.0.1",
                9092,
                7,
                2 << 20,
                3 << 20,
                5,
                4,
                3,
                2,
                false,
                12,
                new GroupConfig(
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(6),
                    Duration.ofMinutes(30),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(1),
                    Integer.MAX_VALUE),
                new DoorSecurity(
                    SecurityProtocol.PLAINTEXT,
                    List.of("SCRAM-SHA-256", "SCRAM-SHA-512"),
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofSeconds(30))));
    assertThat(
            of(Map.of(
                    "kafka.group.initial-delay", "0s",
                    "kafka.group.session.min", "100ms",
                    "kafka.group.session.max", "1min",
                    "kafka.group.heartbeat.interval", "500ms",
                    "kafka.group.assignment.interval", "2s",
                    "kafka.group.members.max", "5"))
                .groups())
        .isEqualTo(
            new GroupConfig(
                Duration.ZERO,
                Duration.ofMillis(100),
                Duration.ofMinutes(1),
                Duration.ofMillis(500),
                Duration.ofSeconds(2),
                5));
    assertThatThrownBy(() -> of(Map.of("kafka.group.session.min", "40min")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("kafka.group.session.max");
    assertThatThrownBy(() -> of(Map.of("kafka.host", "0.0.0.0")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("kafka.insecure");
    assertThatThrownBy(() -> of(Map.of("kafka.host", "0.0.0.0", "kafka.insecure", "true")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("kafka.advertised.host");
  }

  @Test
  void serversTellEachOtherOfTheirDoors() {
    KafkaConfig config =
        of(
            Map.of(
                "kafka.port", "9092",
                "kafka.host", "0.0.0.0",
                "kafka.insecure", "true",
                "kafka.advertised.host", "::1",
                "kafka.advertised.port", "443"));
    Broker self = new Broker(1, "here", 2);
    Map<String, Map<String, String>> servers =
        Map.of(
            "a", Map.of("kafka", config.endpoint(), "flight", "grpc://x:1"),
            "b", Map.of("flight", "grpc://y:1"),
            "c", Map.of("kafka", "no address"),
            "d", Map.of("kafka", self.uri()));
    assertThat(Broker.all(servers, self))
        .isEqualTo(List.of(self, new Broker(config.nodeId(), "::1", 443)));
    assertThat(Broker.idOf("s1")).isNotNegative().isNotEqualTo(Broker.idOf("s2"));
  }

  @Test
  void allServersNameTheSameLeader() {
    List<Broker> brokers =
        List.of(new Broker(1, "a", 1), new Broker(2, "b", 1), new Broker(3, "c", 1));
    int[] led = new int[4];
    for (int partition = 0; partition < 300; partition++) {
      led[Broker.leader(brokers, 5, partition).id()]++;
    }
    assertThat(led[1]).isBetween(70, 130);
    assertThat(led[2]).isBetween(70, 130);
  }
}
