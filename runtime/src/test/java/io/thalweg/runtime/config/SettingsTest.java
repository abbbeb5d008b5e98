package io.thalweg.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SettingsTest {

  @Test
  void readsEveryKind() {
    Settings settings =
        Settings.of(
            Map.of(
                "n",
                "42",
                "size",
                "8MiB",
                "plain",
                "512",
                "time",
                "25 ms",
                "on",
                "true",
                "unit",
                "micro-seconds".replace("-", "")));
    assertThat(settings.number("n", 1, 0, 100)).isEqualTo(42);
    assertThat(settings.bytes("size", 1, 0, 1 << 30)).isEqualTo(8 << 20);
    assertThat(settings.bytes("plain", 1, 0, 1 << 30)).isEqualTo(512);
    assertThat(settings.duration("time", Duration.ZERO, Duration.ZERO, Duration.ofDays(1)))
        .isEqualTo(Duration.ofMillis(25));
    assertThat(settings.flag("on", false)).isTrue();
    assertThat(settings.choice("unit", TimeUnit.SECONDS)).isEqualTo(TimeUnit.MICROSECONDS);
    assertThat(settings.number("absent", 7, 0, 100)).isEqualTo(7);
  }

  @Test
  void saysWhichKeyWhichValueAndWhatToDo() {
    Settings settings = Settings.of(Map.of("n", "1e3", "size", "8 apples", "time", "5"));
    assertThatThrownBy(() -> settings.number("n", 1, 0, 10))
        .hasMessage("n = '1e3' cannot be used; give a whole number, for example 1");
    assertThatThrownBy(() -> settings.bytes("size", 1, 0, 10))
        .hasMessageContaining("size = '8 apples'");
    assertThatThrownBy(
            () -> settings.duration("time", Duration.ZERO, Duration.ZERO, Duration.ofDays(1)))
        .hasMessageContaining("500us, 25ms");
  }

  @Test
  void refusesValuesOutOfBoundsAndOverflow() {
    Settings settings = Settings.of(Map.of("n", "11", "size", "999999999999999tib"));
    assertThatThrownBy(() -> settings.number("n", 1, 0, 10)).hasMessageContaining("from 0 to 10");
    assertThatThrownBy(() -> settings.bytes("size", 1, 0, Long.MAX_VALUE))
        .hasMessageContaining("below 8 EiB");
  }

  @Test
  void reportsKeysNobodyAskedFor() {
    Settings settings = Settings.of(Map.of("write.linger", "1ms", "wirte.linger", "1ms"));
    settings.text("write.linger", "");
    assertThatThrownBy(settings::rejectUnknown).hasMessageContaining("wirte.linger");
  }
}
