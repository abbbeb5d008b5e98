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
  private final MicrometerMeters kept;
  private final int port;
  private HttpServer server;

  /**
   * Keeps the meters of a process.
   *
   * @param kept null if none are kept, and nothing is served
   * @param port 0 for any free one
   */
  MetricsEndpoint(MicrometerMeters kept, int port) {
    this.kept = kept;
    this.port = port;
  }

  /** For {@code metrics.port}; with 0, the default, nothing is kept and nothing will be served. */
  public static MetricsEndpoint of(Settings settings) {
    int port = settings.integer("metrics.port", 0, 0, 65_535);
    return new MetricsEndpoint(port == 0 ? null : new MicrometerMeters(), port);
  }

  /**
   * Serves the meters. Call it once the process has what belongs to it alone, so that a second
   * process on one directory is told about the directory and not about this port.
   *
   * @throws ConfigException if the port is taken
   */
  public void serve() {
    if (kept == null) {
      return;
    }
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
    server.createContext("/metrics", exchange -> answer(kept, exchange));
    server.start();
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
    return kept == null ? Meters.NONE : kept;
  }

  /** The port on which it serves; 0 if it does not. */
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
