package io.thalweg.node;

import io.thalweg.coordinator.ratis.RatisConfig;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.node.metrics.MetricsEndpoint;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.config.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Both roles in one process, over one directory: a coordinator that is alone, and the directory (or
 * a bucket) as object store. {@code thalweg dev} runs it. It consists of the parts of a cluster,
 * without a network between them.
 */
public final class EmbeddedNode implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedNode.class);

  /** How long a start takes before somebody should know why it takes so long. */
  private static final int READY_SECONDS = 10;

  /** The coordinator's directory below the data's. */
  static final String COORDINATOR = "coordinator";

  private final ObjectStore store;
  private final CoordinatorProcess coordinator;
  private final ServerProcess server;
  private final MetricsEndpoint metrics;
  private final String endpoint;

  private EmbeddedNode(
      ObjectStore store,
      CoordinatorProcess coordinator,
      ServerProcess server,
      MetricsEndpoint metrics,
      String endpoint) {
    this.metrics = metrics;
    this.endpoint = endpoint;
    this.store = store;
    this.coordinator = coordinator;
    this.server = server;
  }

  /**
   * Starts the node, which takes requests when this returns. Waits while it is no member of its
   * cluster yet, as on a full disk.
   *
   * @param data everything durable is below it, except objects that {@code location} places
   *     elsewhere
   * @param location of the object store
   * @param port of the Flight front door
   * @param overrides settings by name
   */
  public static EmbeddedNode start(
      Path data,
      StoreLocation location,
      int port,
      Map<String, String> overrides,
      Consumer<Throwable> onFailure) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("coordinator.members", "c1=127.0.0.1:" + (port + 1));
    values.put("coordinator.log.dir", data.resolve(COORDINATOR).toString());
    values.put("server.kv.dir", data.resolve("kv").toString());
    values.putAll(location.settings());
    values.put("flight.port", Integer.toString(port));
    if (location.isLocal()) {
      // Requests are free, so waiting to save some would only add latency.
      values.put("write.object.linger", "1ms");
    }
    values.putAll(overrides);
    Settings settings = Settings.of(values);
    RatisConfig ratis = RatisConfig.from(settings);
    FlightConfig flight = FlightConfig.from(settings);
    String serverId = settings.text("server.id", "dev");
    Clock clock = new SystemClock();
    Supplier<ObjectStore> opening = location.configure(settings, clock);
    MetricsEndpoint metrics = MetricsEndpoint.of(settings);
    CoordinatorProcess coordinator =
        CoordinatorProcess.startAlone(settings, ratis, clock, metrics.meters(), onFailure);
    ObjectStore store = null;
    ServerProcess started = null;
    try {
      metrics.serve();
      coordinator.awaitLeading();
      store = opening.get();
      ServerProcess server =
          ServerProcess.start(
              settings,
              serverId,
              flight,
              clock,
              coordinator.api(),
              store,
              metrics.meters(),
              onFailure);
      started = server;
      settings.rejectUnknown();
      while (!server.awaitReady(READY_SECONDS) && !Thread.currentThread().isInterrupted()) {
        log.warn("not ready yet: the server is no member of the cluster; the reason is above");
      }
      return new EmbeddedNode(
          store, coordinator, server, metrics, flight.endpoint(server.flightPort()));
    } catch (RuntimeException | Error failure) {
      if (started != null) {
        started.close();
      }
      coordinator.close();
      metrics.close();
      if (store != null) {
        store.close();
      }
      throw failure;
    }
  }

  /** The endpoint that clients connect to. */
  public String endpoint() {
    return endpoint;
  }

  /** The port on which Flight clients are served. */
  public int port() {
    return server.flightPort();
  }

  /** The port on which Kafka clients are served; -1 if they are not. */
  public int kafkaPort() {
    return server.kafkaPort();
  }

  @Override
  public void close() {
    server.close();
    coordinator.close();
    metrics.close();
    store.close();
  }
}
