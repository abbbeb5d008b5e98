package io.thalweg.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ListenHostTest {
  private static void check(String host, boolean insecure) {
    ListenHost.check("the door", "door.host", host, insecure, "door.insecure");
  }

  @Test
  void loopbackIsFreeEverythingElseMustBeWanted() {
    for (String host :
        List.of(
            "127.0.0.1", "127.8.9.10", "localhost", "LocalHost", "a.localhost", "::1", "[::1]")) {
      assertThatCode(() -> check(host, false)).as(host).doesNotThrowAnyException();
    }
    for (String host :
        List.of("0.0.0.0", "::", "[::]", "10.0.0.7", "example.org", "127.example.org", "fe80::1")) {
      assertThatThrownBy(() -> check(host, false))
          .as(host)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("'" + host + "' (door.host)")
          .hasMessageContaining("door.insecure=true (--insecure)");
      assertThatCode(() -> check(host, true)).as(host).doesNotThrowAnyException();
    }
    assertThatThrownBy(() -> check(" ", true)).isInstanceOf(ConfigException.class);
  }

  @Test
  void addressesAndWildcards() {
    assertThat(ListenHost.inAddress("::1")).isEqualTo("[::1]");
    assertThat(ListenHost.inAddress("[::1]")).isEqualTo("[::1]");
    assertThat(ListenHost.inAddress("h")).isEqualTo("h");
    assertThat(List.of("0.0.0.0", "::", "[::]")).allMatch(ListenHost::isWildcard);
    assertThat(List.of("127.0.0.1", "h", "::1")).noneMatch(ListenHost::isWildcard);
  }
}
