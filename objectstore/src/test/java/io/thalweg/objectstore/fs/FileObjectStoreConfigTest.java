package io.thalweg.objectstore.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FileObjectStoreConfigTest {
  @Test
  void namesAndDefaultsArePinned() {
    assertThat(FileObjectStoreConfig.from(Settings.of(Map.of())))
        .isEqualTo(new FileObjectStoreConfig(Path.of("data/objects"), 8, 4096, 256L << 20, true));

    Settings all =
        Settings.of(
            Map.of(
                "objectstore.fs.root", "elsewhere",
                "objectstore.fs.threads", "3",
                "objectstore.fs.queue.limit", "17",
                "objectstore.fs.reserve", "1gib",
                "objectstore.fs.direct", "false"));
    assertThat(FileObjectStoreConfig.from(all))
        .isEqualTo(new FileObjectStoreConfig(Path.of("elsewhere"), 3, 17, 1L << 30, false));
    all.rejectUnknown();
  }

  @Test
  void valuesOutOfBoundsAreRefused() {
    Path root = Path.of("r");
    assertThatThrownBy(() -> new FileObjectStoreConfig(root, 0, 1, 0, true))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("threads 0");
    assertThatThrownBy(() -> new FileObjectStoreConfig(root, 1, 0, 0, true))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("queue limit 0");
    assertThatThrownBy(() -> new FileObjectStoreConfig(root, 1, 1, -1, true))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("-1");
  }
}
