package io.thalweg.coordinator.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.api.CoordinatorConfig;
import io.thalweg.coordinator.ratis.remote.RatisClientConfig;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Names and defaults of the coordinator's settings. */
final class ConfigTest {
  private static final RatisGroup GROUP =
      new RatisGroup("thalweg", List.of(new RatisMember("c1", "127.0.0.1", 9410)));

  @Test
  void defaults() {
    Settings none = Settings.of(Map.of());
    assertThat(CoordinatorConfig.from(none))
        .isEqualTo(new CoordinatorConfig(Duration.ofSeconds(6), 32L << 20, Duration.ofSeconds(10)));
    assertThat(RatisConfig.from(none))
        .isEqualTo(
            new RatisConfig(
                GROUP,
                "c1",
                Path.of("data/coordinator"),
                32L << 20,
                50_000,
                64L << 20,
                2,
                8L << 20,
                4_096,
                64L << 20,
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                false,
                false,
                128L << 20,
                "127.0.0.1"));
    assertThat(RatisClientConfig.from(none))
        .isEqualTo(
            new RatisClientConfig(GROUP, Duration.ofSeconds(10), 1_024, Duration.ofSeconds(30)));
  }

  @Test
  void names() {
    Settings settings =
        Settings.of(
            Map.ofEntries(
                Map.entry("coordinator.session.timeout", "5s"),
                Map.entry("coordinator.feed.bytes", "1mib"),
                Map.entry("coordinator.owner.return.wait", "7s"),
                Map.entry("coordinator.group", "g"),
                Map.entry("coordinator.members", "a=h1:1, b=h2:2,c=[::1]:3"),
                Map.entry("coordinator.id", "b"),
                Map.entry("coordinator.log.dir", "/d"),
                Map.entry("coordinator.log.segment.bytes", "16mib"),
                Map.entry("coordinator.log.snapshot.entries", "100"),
                Map.entry("coordinator.log.snapshot.bytes", "1mib"),
                Map.entry("coordinator.log.snapshots.kept", "3"),
                Map.entry("coordinator.log.buffer.bytes", "9mib"),
                Map.entry("coordinator.log.pending.entries", "100"),
                Map.entry("coordinator.log.pending.bytes", "9mib"),
                Map.entry("coordinator.log.append.timeout", "2s"),
                Map.entry("coordinator.election.timeout", "500ms"),
                Map.entry("coordinator.log.repair", "true"),
                Map.entry("coordinator.accept-loss", "true"),
                Map.entry("coordinator.log.reserve", "1mib"),
                Map.entry("coordinator.bind.host", "0.0.0.0"),
                Map.entry("coordinator.insecure", "true"),
                Map.entry("coordinator.client.timeout", "3s"),
                Map.entry("coordinator.client.proposals", "10"),
                Map.entry("coordinator.client.feed.wait", "4s")));
    RatisGroup group =
        new RatisGroup(
            "g",
            List.of(
                new RatisMember("a", "h1", 1),
                new RatisMember("b", "h2", 2),
                new RatisMember("c", "[::1]", 3)));
    assertThat(CoordinatorConfig.from(settings))
        .isEqualTo(new CoordinatorConfig(Duration.ofSeconds(5), 1L << 20, Duration.ofSeconds(7)));
    assertThat(RatisConfig.from(settings))
        .isEqualTo(
            new RatisConfig(
                group,
                "b",
                Path.of("/d"),
                16L << 20,
                100,
                1L << 20,
                3,
                9L << 20,
                100,
                9L << 20,
                Duration.ofSeconds(2),
                Duration.ofMillis(500),
                true,
                true,
                1L << 20,
                "0.0.0.0"));
    assertThat(RatisClientConfig.from(settings))
        .isEqualTo(new RatisClientConfig(group, Duration.ofSeconds(3), 10, Duration.ofSeconds(4)));
    settings.rejectUnknown();
  }

  @Test
  void mistakesAreNamed() {
    mistake(Map.of("coordinator.members", "c1"), "id=host:port");
    mistake(Map.of("coordinator.members", "c1=host:x"), "id=host:port");
    mistake(Map.of("coordinator.members", "c1=host:70000"), "65535");
    mistake(Map.of("coordinator.members", "c1=a:1,c1=b:2"), "same id");
    mistake(Map.of("coordinator.members", "c/1=a:1"), "A-Z a-z 0-9");
    mistake(Map.of("coordinator.members", "c1=10.0.0.7:9410"), "coordinator.insecure=true");
    mistake(Map.of("coordinator.bind.host", "0.0.0.0"), "(coordinator.bind.host)");
    mistake(Map.of("coordinator.id", "c9"), "none of coordinator.members");
    mistake(Map.of("coordinator.group", " "), "cannot name a coordinator group");
  }

  private static void mistake(Map<String, String> settings, String message) {
    assertThatThrownBy(() -> RatisConfig.from(Settings.of(settings)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }
}
