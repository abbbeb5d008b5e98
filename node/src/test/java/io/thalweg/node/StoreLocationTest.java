package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.runtime.config.ConfigException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreLocationTest {
  private static Map<String, String> settings(String text) {
    return StoreLocation.parse(text).settings();
  }

  @Test
  void aPathOrAFileUriIsADirectory() {
    Map<String, String> absolute = Map.of("objectstore.fs.root", "/var/objects");
    assertThat(settings("/var/objects")).isEqualTo(absolute);
    assertThat(settings("file:///var/objects")).isEqualTo(absolute);
    assertThat(StoreLocation.of(Path.of("/var/objects")).settings()).isEqualTo(absolute);
    assertThat(settings("objects")).isEqualTo(Map.of("objectstore.fs.root", "objects"));
    assertThat(StoreLocation.parse("objects").isLocal()).isTrue();
  }

  @Test
  void aBucketWithOrWithoutAPrefix() {
    assertThat(settings("s3://bucket"))
        .isEqualTo(Map.of("objectstore.s3.bucket", "bucket", "objectstore.s3.prefix", ""));
    assertThat(settings("s3://bucket/a/b"))
        .isEqualTo(Map.of("objectstore.s3.bucket", "bucket", "objectstore.s3.prefix", "a/b"));
    assertThat(StoreLocation.parse("s3://bucket").isLocal()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s3://", "s3:///prefix", "gs://bucket", "file://host with space"})
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> StoreLocation.parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("'" + text + "'", "s3://bucket/prefix");
  }
}
