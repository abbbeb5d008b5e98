package io.thalweg.node.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import io.thalweg.runtime.meter.Meters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Holds the process's meters and serves them on {@code http://127.0.0.1:metrics.port/metrics}. One
 * thread of its own answers one request after the other.
 */
public final class MetricsEndpoint implements AutoCloseable {
  private final Meters meters;
  private final HttpServer server;

  private MetricsEndpoint(Meters meters, HttpServer server) {
    this.meters = meters;
    this.server = server;
  }

  /** Serves on {@code metrics.port}; with 0, the default, nothing is served or kept. */
  public static MetricsEndpoint start(Settings settings) {
    int port = settings.integer("metrics.port", 0, 0, 65_535);
    return port == 0 ? new MetricsEndpoint(Meters.NONE, null) : start(new MicrometerMeters(), port);
  }

  /** Serves {@code meters}; port 0 means any free port. */
  static MetricsEndpoint start(MicrometerMeters meters, int port) {
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 16);
    } catch (IOException taken) {
      throw new ConfigException(
          "metrics cannot be served on 127.0.0.1:"
              + port
              + ": "
              + taken.getMessage()
              + "; stop the process that listens there, or choose another metrics.port");
    }
    server.createContext("/metrics", exchange -> answer(meters, exchange));
    server.start();
    return new MetricsEndpoint(meters, server);
  }

  private static void answer(MicrometerMeters meters, HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      byte[] body = meters.scrape().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** The meters for the parts of the process. */
  public Meters meters() {
    return meters;
  }

  /** The port it serves on; 0 for none. */
  int port() {
    return server == null ? 0 : server.getAddress().getPort();
  }

  @Override
  public void close() {
    if (server != null) {
      server.stop(0);
    }
  }
}
