package io.thalweg.node.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.node.EmbeddedNode;
import io.thalweg.node.StoreLocation;
import io.thalweg.runtime.config.Settings;
import io.thalweg.runtime.meter.Meter;
import io.thalweg.runtime.meter.Meters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The endpoint as a scraper sees it. */
final class MetricsEndpointTest {
  private static final Meter COUNT = Meter.counter("a.count", Meter.Unit.NONE, "Things.", "kind");
  private static final Meter BUSY = Meter.counter("a.busy", Meter.Unit.NANOS, "Busy.");
  private static final Meter SIZE = Meter.gauge("a", Meter.Unit.BYTES, "Size.");
  private static final Meter TIME = Meter.histogram("a.time", Meter.Unit.NANOS, "Time.", "call");

  @TempDir Path directory;

  private static HttpResponse<String> get(int port, String path, String method)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void valuesArriveInTheUnitsOfPrometheus() throws Exception {
    MicrometerMeters meters = new MicrometerMeters();
    meters.counter(COUNT, "x").add(3);
    meters.counter(COUNT, "x").increment();
    meters.counter(BUSY).add(1_500_000_000);
    meters.watch(SIZE, () -> 5);
    meters.watch(SIZE, () -> 7);
    meters.histogram(TIME, "look").record(900);
    meters.histogram(TIME, "look").record(3_000_000);
    try (MetricsEndpoint endpoint = new MetricsEndpoint(meters, 0)) {
      endpoint.serve();
      String text = get(endpoint.port(), "/metrics", "GET").body();
      assertThat(text)
          .contains("thalweg_a_count_total{kind=\"x\"} 4.0")
          .contains("thalweg_a_busy_seconds_total 1.5")
          .contains("thalweg_a_bytes 7.0")
          .contains("thalweg_a_time_seconds_count{call=\"look\"} 2")
          .contains("le=\"1.024E-6\"} 1")
          .contains("le=\"+Inf\"} 2")
          .contains("# HELP thalweg_a_time_seconds Time.");
      assertThat(get(endpoint.port(), "/metrics", "POST").statusCode()).isEqualTo(405);
      assertThat(get(endpoint.port(), "/other", "GET").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void nothingIsServedUnlessAskedFor() {
    try (MetricsEndpoint endpoint = MetricsEndpoint.of(Settings.of(Map.of()))) {
      endpoint.serve();
      assertThat(endpoint.port()).isZero();
      assertThat(endpoint.meters()).isSameAs(Meters.NONE);
    }
  }

  /** Finds a meter that nobody measures, or that no list has. */
  @Test
  void aProcessShowsEveryMeterThatIsDocumented() throws Exception {
    int port = freePort();
    try (EmbeddedNode node =
        EmbeddedNode.start(
            directory,
            StoreLocation.of(directory.resolve("store")),
            freePort(),
            Map.of("metrics.port", Integer.toString(port), "kafka.port", "0"),
            failure -> {})) {
      assertThat(node.port()).isPositive();
      String text = get(port, "/metrics", "GET").body();
      assertThat(MetricsDocTest.all())
          .allMatch(meter -> text.contains("# HELP " + ExportedName.of(meter) + " "));
      assertThat(
              text.lines()
                  .filter(line -> line.startsWith("# HELP thalweg_"))
                  .map(line -> line.split(" ", -1)[2]))
          .containsExactlyInAnyOrderElementsOf(
              MetricsDocTest.all().stream().map(ExportedName::of).toList());
    }
  }

  @Test
  void aSecondProcessOnADirectoryIsToldSoAndNotThatThePortIsTaken() throws Exception {
    Map<String, String> settings = Map.of("metrics.port", Integer.toString(freePort()));
    StoreLocation store = StoreLocation.of(directory.resolve("store"));
    try (EmbeddedNode node =
        EmbeddedNode.start(directory, store, freePort(), settings, failure -> {})) {
      assertThat(node.port()).isPositive();
      int other = freePort();
      assertThatThrownBy(
              () -> EmbeddedNode.start(directory, store, other, settings, failure -> {}).close())
          .hasMessageContaining("is in use by this process");
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
