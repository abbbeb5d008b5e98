package io.thalweg.node;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.ThreadEventLoop;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import io.thalweg.server.ServerConfig;
import io.thalweg.server.ServerIdentity;
import io.thalweg.server.ServerWorkers;
import io.thalweg.server.ThalwegServer;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.compact.CollectRules;
import io.thalweg.server.kv.KvRules;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server role of a process, with its front doors. */
public final class ServerProcess implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerProcess.class);

  private final ThreadEventLoop loop;
  private final List<ThreadEventLoop> workers;
  private final BufferAllocator allocator;
  private final ThalwegServer server;
  private final FlightFrontDoor flight;
  private final int flightPort;

  private ServerProcess(
      ThreadEventLoop loop,
      List<ThreadEventLoop> workers,
      BufferAllocator allocator,
      ThalwegServer server,
      FlightFrontDoor flight,
      int flightPort) {
    this.loop = loop;
    this.workers = workers;
    this.allocator = allocator;
    this.server = server;
    this.flight = flight;
    this.flightPort = flightPort;
  }

  /** Starts the role; the front doors take requests when this returns. */
  public static ServerProcess start(
      Settings settings,
      String serverId,
      FlightConfig flightConfig,
      Clock clock,
      CoordinatorApi coordinator,
      ObjectStore store,
      Consumer<Throwable> onFailure) {
    ServerConfig config = ServerConfig.from(settings);
    BufferAllocator allocator = new RootAllocator();
    ThreadEventLoop loop = new ThreadEventLoop("thalweg-server", onFailure);
    ThreadEventLoop read = new ThreadEventLoop("thalweg-read", onFailure);
    ThreadEventLoop compact = new ThreadEventLoop("thalweg-compact", onFailure);
    List<ThreadEventLoop> workers = List.of(read, compact);
    ThalwegServer server =
        new ThalwegServer(
            new ServerIdentity(
                serverId,
                Map.of("flight", "grpc://" + flightConfig.host() + ":" + flightConfig.port())),
            config,
            loop,
            new ServerWorkers(read, compact),
            clock,
            coordinator,
            store,
            new ClusterState(Limits.STANDARD, CommitRules.STANDARD),
            allocator,
            Authorizer.ALLOW_ALL,
            CollectRules.STANDARD,
            KvRules.STANDARD);
    try {
      FlightFrontDoor flight = new FlightFrontDoor(flightConfig, server);
      int port = flight.start();
      server.start();
      return new ServerProcess(loop, workers, allocator, server, flight, port);
    } catch (IOException taken) {
      loop.close();
      workers.forEach(ThreadEventLoop::close);
      throw new ConfigException(
          "clients cannot be served on "
              + flightConfig.host()
              + ":"
              + flightConfig.port()
              + ": "
              + rootCause(taken)
              + "; stop who listens there, or choose another --port");
    } catch (RuntimeException | Error failure) {
      loop.close();
      workers.forEach(ThreadEventLoop::close);
      throw failure;
    }
  }

  private static String rootCause(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage();
  }

  /** Blocks until the server is a member of the cluster, at most {@code seconds}. */
  public boolean awaitReady(int seconds) {
    try {
      server.ready().get(seconds, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } catch (java.util.concurrent.ExecutionException impossible) {
      throw new IllegalStateException("ready never fails", impossible);
    }
  }

  /** The port on which Flight clients are served. */
  public int flightPort() {
    return flightPort;
  }

  @Override
  public void close() {
    flight.close();
    try {
      server.close().get(10, TimeUnit.SECONDS);
    } catch (TimeoutException | java.util.concurrent.ExecutionException late) {
      log.warn("the server did not end in time", late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    loop.close();
    workers.forEach(ThreadEventLoop::close);
    log.debug("memory at the end: {} bytes", allocator.getAllocatedMemory());
  }
}
