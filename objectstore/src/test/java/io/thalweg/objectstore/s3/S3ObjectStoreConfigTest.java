package io.thalweg.objectstore.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.objectstore.s3.S3ObjectStoreConfig.Credentials;
import io.thalweg.objectstore.s3.S3ObjectStoreConfig.Limits;
import io.thalweg.objectstore.s3.S3ObjectStoreConfig.Location;
import io.thalweg.objectstore.s3.S3ObjectStoreConfig.Retry;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3ObjectStoreConfigTest {
  @Test
  void namesAndDefaultsArePinned() {
    assertThat(
            S3ObjectStoreConfig.from(Settings.of(Map.of("objectstore.s3.bucket", "some-bucket"))))
        .isEqualTo(
            new S3ObjectStoreConfig(
                new Location("some-bucket", "", Optional.empty(), Optional.empty(), false, true),
                Optional.empty(),
                new Limits(64, 4096, 3000, 256L << 20),
                Duration.ofSeconds(15),
                new Retry(4, 100, Duration.ofMillis(100), Duration.ofSeconds(5))));

    Map<String, String> values = new HashMap<>();
    values.put("objectstore.s3.bucket", "b.c-1");
    values.put("objectstore.s3.prefix", "a/b");
    values.put("objectstore.s3.endpoint", "http://127.0.0.1:9000");
    values.put("objectstore.s3.region", "eu-1");
    values.put("objectstore.s3.path-style", "true");
    values.put("objectstore.s3.conditional-puts", "false");
    values.put("objectstore.s3.access-key", "key");
    values.put("objectstore.s3.secret-key", "secret");
    values.put("objectstore.s3.max-connections", "3");
    values.put("objectstore.s3.queue.limit", "4");
    values.put("objectstore.s3.requests-per-second", "5");
    values.put("objectstore.s3.max-bytes", "6mib");
    values.put("objectstore.s3.timeout", "7s");
    values.put("objectstore.s3.retry.attempts", "8");
    values.put("objectstore.s3.retry.budget", "9");
    values.put("objectstore.s3.retry.backoff.min", "10ms");
    values.put("objectstore.s3.retry.backoff.max", "11s");
    Settings all = Settings.of(values);
    assertThat(S3ObjectStoreConfig.from(all))
        .isEqualTo(
            new S3ObjectStoreConfig(
                new Location(
                    "b.c-1",
                    "a/b/",
                    Optional.of(URI.create("http://127.0.0.1:9000")),
                    Optional.of("eu-1"),
                    true,
                    false),
                Optional.of(new Credentials("key", "secret")),
                new Limits(3, 4, 5, 6 << 20),
                Duration.ofSeconds(7),
                new Retry(8, 9, Duration.ofMillis(10), Duration.ofSeconds(11))));
    all.rejectUnknown();
  }

  @Test
  void noTextShowsTheSecret() {
    Map<String, String> values = new HashMap<>();
    values.put("objectstore.s3.bucket", "bucket");
    values.put("objectstore.s3.access-key", "key");
    values.put("objectstore.s3.secret-key", "hush");
    assertThat(S3ObjectStoreConfig.from(Settings.of(values)).toString())
        .contains("key")
        .doesNotContain("hush");
    values.remove("objectstore.s3.access-key");
    assertThatThrownBy(() -> S3ObjectStoreConfig.from(Settings.of(values)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("objectstore.s3.access-key is missing")
        .hasMessageNotContaining("hush");
  }

  @ParameterizedTest
  @CsvSource({
    "bucket, UPPER",
    "bucket, a",
    "bucket, a/b",
    "prefix, /a",
    "prefix, a//b",
    "prefix, .hidden",
    "endpoint, 127.0.0.1:9000",
    "endpoint, ftp://host",
    "endpoint, http://user:pass@host",
    "endpoint, http://a b",
    "region, no region",
    "max-connections, 0",
    "requests-per-second, many",
    "timeout, 1ms",
    "retry.attempts, 0",
    "retry.backoff.max, 1ms",
    "path-style, perhaps"
  })
  void badValuesAreRefusedByName(String key, String value) {
    Map<String, String> values = new HashMap<>();
    values.put("objectstore.s3.bucket", "bucket");
    values.put("objectstore.s3." + key, value);
    assertThatThrownBy(() -> S3ObjectStoreConfig.from(Settings.of(values)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("objectstore.s3." + key);
  }
}
