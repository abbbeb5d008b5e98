package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import io.thalweg.server.security.SecurityConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AdminUserTest {
  @TempDir Path folder;

  private Settings settings(String password, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), password);
    return more.length == 0
        ? Settings.of(Map.of("security.admin.password-file", file.toString()))
        : Settings.of(Map.of("security.admin.password-file", file.toString(), more[0], more[1]));
  }

  @Test
  void theFirstLineIsThePassword() throws IOException {
    SecurityConfig.Admin admin =
        AdminUser.from(settings("größer\nnot this\n", "security.admin.user", "root")).orElseThrow();
    assertThat(admin.name()).isEqualTo("root");
    for (ScramMechanism each : ScramMechanism.values()) {
      assertThat(admin.secrets().get(each).matches(each, "größer".getBytes(StandardCharsets.UTF_8)))
          .isTrue();
    }
    assertThat(admin.toString()).doesNotContain("größer");
    assertThat(AdminUser.from(settings("x")).orElseThrow().name()).isEqualTo("admin");
    assertThat(AdminUser.from(Settings.of(Map.of()))).isEmpty();
  }

  @Test
  void whatIsNoPasswordEndsTheStart() throws IOException {
    for (String bad : new String[] {"", "\nx", "x".repeat(2_000)}) {
      Settings settings = settings(bad);
      assertThatThrownBy(() -> AdminUser.from(settings))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("security.admin.password-file");
    }
    assertThatThrownBy(
            () ->
                AdminUser.from(
                    Settings.of(Map.of("security.admin.password-file", folder + "/none"))))
        .hasMessageContaining("NoSuchFile");
    assertThatThrownBy(() -> AdminUser.from(Settings.of(Map.of("security.admin.user", "root"))))
        .hasMessageContaining("security.admin.password-file");
  }
}
