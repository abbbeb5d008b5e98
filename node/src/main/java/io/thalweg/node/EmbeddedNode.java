package io.thalweg.node;

import io.thalweg.coordinator.ratis.RatisConfig;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.fs.FileObjectStore;
import io.thalweg.objectstore.fs.FileObjectStoreConfig;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.config.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Both roles in one process, over one directory: a Raft group of one, and the directory as object
 * store. What {@code thalweg dev} runs; the same parts as a cluster, wired without a network
 * between.
 */
public final class EmbeddedNode implements AutoCloseable {
  private final ObjectStore store;
  private final CoordinatorProcess coordinator;
  private final ServerProcess server;

  private EmbeddedNode(ObjectStore store, CoordinatorProcess coordinator, ServerProcess server) {
    this.store = store;
    this.coordinator = coordinator;
    this.server = server;
  }

  /**
   * Starts and takes requests when it returns.
   *
   * @param data everything durable goes below it
   * @param port of the Flight front door; the port after it is the coordinator's
   * @param overrides settings by name
   */
  public static EmbeddedNode start(
      Path data, int port, Map<String, String> overrides, Consumer<Throwable> onFailure) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("coordinator.members", "c1=127.0.0.1:" + (port + 1));
    values.put("coordinator.log.dir", data.resolve("coordinator").toString());
    values.put("objectstore.fs.root", data.resolve("objects").toString());
    values.put("flight.port", Integer.toString(port));
    // A local directory costs nothing per request, so waiting to save requests would only add
    // latency.
    values.put("write.object.linger", "1ms");
    values.putAll(overrides);
    Settings settings = Settings.of(values);
    RatisConfig ratis = RatisConfig.from(settings);
    FlightConfig flight = FlightConfig.from(settings);
    FileObjectStoreConfig files = FileObjectStoreConfig.from(settings);
    String serverId = settings.text("server.id", "dev");
    Clock clock = new SystemClock();
    CoordinatorProcess coordinator = CoordinatorProcess.start(settings, ratis, clock, onFailure);
    try {
      coordinator.awaitLeading();
      ObjectStore store = new FileObjectStore(files);
      ServerProcess server =
          ServerProcess.start(
              settings, serverId, flight, clock, coordinator.api(), store, onFailure);
      settings.rejectUnknown();
      server.awaitReady(30);
      return new EmbeddedNode(store, coordinator, server);
    } catch (RuntimeException | Error failure) {
      coordinator.close();
      throw failure;
    }
  }

  /** The port on which Flight clients are served. */
  public int port() {
    return server.flightPort();
  }

  @Override
  public void close() {
    server.close();
    coordinator.close();
    store.close();
  }
}
