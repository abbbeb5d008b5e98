package io.thalweg.server.kv.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.runtime.config.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Pins names and defaults. */
class KvStoreConfigTest {

  @Test
  void defaults() {
    assertThat(KvStoreConfig.from(Settings.of(Map.of())))
        .isEqualTo(new KvStoreConfig(256 << 20, 128 << 20, 2));
  }

  @Test
  void namesAndBounds() {
    Map<String, String> values =
        Map.of(
            "server.kv.block-cache", "1mib",
            "server.kv.write-buffer", "4mib",
            "server.kv.background-threads", "1");
    assertThat(KvStoreConfig.from(Settings.of(values)))
        .isEqualTo(new KvStoreConfig(1 << 20, 4 << 20, 1));
    values.forEach(
        (name, value) ->
            assertThatThrownBy(() -> KvStoreConfig.from(Settings.of(Map.of(name, "0"))))
                .hasMessageContaining(name));
  }
}
