package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.runtime.config.ConfigException;
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
                "flight.stream.inflight.max", "2mib",
                "flight.inbound.memory", "17mib"));
    assertThat(FlightConfig.from(settings))
        .isEqualTo(new FlightConfig("::1", 0, 8 << 20, 7, 2 << 20).withInboundBytes(17 << 20));
    settings.rejectUnknown();
  }

  @Test
  void messagesOnTheirWayInTakeAQuarterOfTheDirectMemory() {
    assertThat(FlightConfig.inboundBytes(64 << 20, 700 << 20)).isEqualTo(175 << 20);
    assertThat(FlightConfig.inboundBytes(64 << 20, 8L << 30)).isEqualTo(256 << 20);
    assertThat(FlightConfig.inboundBytes(64 << 20, 100 << 20)).isEqualTo(128 << 20);
    assertThatThrownBy(
            () -> FlightConfig.from(Settings.of(Map.of("flight.inbound.memory", "127mib"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("flight.inbound.memory");
  }

  @Test
  void aDoorListensOnAllAddressesAndTellsClientsOne() {
    FlightConfig config =
        FlightConfig.from(
            Settings.of(
                Map.of(
                    "flight.host", "0.0.0.0",
                    "flight.port", "9420",
                    "flight.insecure", "true",
                    "flight.advertised.host", "db.example.org",
                    "flight.advertised.port", "443")));
    assertThat(config.host()).isEqualTo("0.0.0.0");
    assertThat(config.endpoint(9420)).isEqualTo("grpc://db.example.org:443");
    assertThat(FlightConfig.from(Settings.of(Map.of("flight.host", "::1"))).endpoint(7))
        .isEqualTo("grpc://[::1]:9420");
    assertThat(FlightConfig.from(Settings.of(Map.of("flight.port", "0"))).endpoint(7))
        .isEqualTo("grpc://127.0.0.1:7");
  }

  @Test
  void otherMachinesAreLetInOnlyWhereThatIsSaid() {
    assertThatThrownBy(() -> FlightConfig.from(Settings.of(Map.of("flight.host", "10.0.0.7"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("flight.insecure=true");
    assertThatThrownBy(
            () ->
                FlightConfig.from(
                    Settings.of(Map.of("flight.host", "0.0.0.0", "flight.insecure", "true"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("flight.advertised.host");
  }
}
