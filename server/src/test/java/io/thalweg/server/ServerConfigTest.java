package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.runtime.config.Settings;
import io.thalweg.server.aggregate.AggregateConfig;
import io.thalweg.server.compact.CompactConfig;
import io.thalweg.server.kv.KvConfig;
import io.thalweg.server.kv.scan.RowReadConfig;
import io.thalweg.server.security.SecurityConfig;
import io.thalweg.server.write.WriteConfig;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Pins names and defaults: docs/configuration.md says the same. */
class ServerConfigTest {

  @Test
  void defaults() {
    assertThat(ServerConfig.from(Settings.of(Map.of())))
        .isEqualTo(
            new ServerConfig(
                new WriteConfig(
                    256 << 20,
                    16 << 20,
                    64 << 10,
                    1 << 20,
                    2,
                    8 << 20,
                    Duration.ofMillis(25),
                    4,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(60)),
                new CompactConfig(
                    8 << 20,
                    8 << 20,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(1),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(10),
                    Math.min(Runtime.getRuntime().availableProcessors(), 64),
                    256 << 20),
                new KvConfig(
                    64 << 20,
                    Duration.ofMinutes(10),
                    1_000_000,
                    Runtime.getRuntime().maxMemory() / 8 * 3,
                    Math.min(64, Runtime.getRuntime().availableProcessors()),
                    Duration.ofMinutes(1),
                    new RowReadConfig(100_000, 8 << 20, Duration.ofSeconds(60), 100)),
                Duration.ofSeconds(2),
                256 << 20,
                128 << 20,
                256 << 20,
                new AggregateConfig(10_000, 1_000_000, 32 << 20, 128 << 20),
                Duration.ofHours(1),
                SecurityConfig.NONE));
  }

  @Test
  void namesAndBounds() {
    ServerConfig config =
        ServerConfig.from(
            Settings.of(
                Map.of(
                    "write.inline.max", "1kib", "cache.tail", "2mib", "server.heartbeat", "1s")));
    assertThat(config.write().inlineMax()).isEqualTo(1024);
    assertThat(config.tailCache()).isEqualTo(2 << 20);
    assertThat(config.heartbeat()).isEqualTo(Duration.ofSeconds(1));
    assertThatThrownBy(() -> ServerConfig.from(Settings.of(Map.of("write.batch.max", "65mib"))))
        .hasMessageContaining("write.batch.max");
  }
}
