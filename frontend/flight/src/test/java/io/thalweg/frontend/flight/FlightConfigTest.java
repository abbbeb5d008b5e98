package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.runtime.config.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlightConfigTest {
  @Test
  void defaults() {
    assertThat(FlightConfig.from(Settings.of(Map.of())))
        .isEqualTo(new FlightConfig("127.0.0.1", 9420, 64 << 20, 1000, 16 << 20));
  }

  @Test
  void names() {
    Settings settings =
        Settings.of(
            Map.of(
                "flight.host", "::1",
                "flight.port", "0",
                "flight.message.max", "8mib",
                "flight.streams.max", "7",
                "flight.stream.inflight.max", "2mib"));
    assertThat(FlightConfig.from(settings))
        .isEqualTo(new FlightConfig("::1", 0, 8 << 20, 7, 2 << 20));
    settings.rejectUnknown();
  }
}
