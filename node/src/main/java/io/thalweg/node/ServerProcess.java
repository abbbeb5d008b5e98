package io.thalweg.node;

import com.github.luben.zstd.util.Native;
import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.frontend.kafka.KafkaConfig;
import io.thalweg.frontend.kafka.KafkaFrontDoor;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.ThreadEventLoop;
import io.thalweg.runtime.WorkerPool;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.ServerConfig;
import io.thalweg.server.ServerEnvironment;
import io.thalweg.server.ServerRules;
import io.thalweg.server.ServerWorkers;
import io.thalweg.server.ThalwegServer;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.kv.RowsLoops;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.lazy.LazyConfig;
import io.thalweg.server.kv.store.lazy.LazyKvStores;
import io.thalweg.server.kv.store.rocksdb.KvStoreConfig;
import io.thalweg.server.kv.store.rocksdb.RocksKvStores;
import io.thalweg.server.meter.ServerMeters;
import io.thalweg.server.owner.ServerIdentity;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server role of a process, with its front doors. */
public final class ServerProcess implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerProcess.class);

  /** What the server runs on: made before the server and closed after it. */
  private record Resources(
      ThreadEventLoop loop,
      List<ThreadEventLoop> workers,
      WorkerPool compact,
      BufferAllocator allocator,
      KvStores stores) {
    void close() {
      loop.close();
      workers.forEach(ThreadEventLoop::close);
      compact.close();
      stores.close();
    }
  }

  private final Resources resources;
  private final ThalwegServer server;
  private final Doors doors;
  private final Consumer<Throwable> onFailure;

  /**
   * The front doors, open.
   *
   * @param kafkaPort {@link KafkaConfig#NO_DOOR} if there is none
   */
  private record Doors(
      FlightFrontDoor flight, int flightPort, KafkaFrontDoor kafka, int kafkaPort) {
    void close() {
      kafka.close();
      flight.close();
    }
  }

  private ServerProcess(
      Resources resources, ThalwegServer server, Doors doors, Consumer<Throwable> onFailure) {
    this.resources = resources;
    this.server = server;
    this.doors = doors;
    this.onFailure = onFailure;
  }

  /** Starts the role; the front doors take requests when this returns. */
  public static ServerProcess start(
      Settings settings,
      String serverId,
      FlightConfig flightConfig,
      Clock clock,
      CoordinatorApi coordinator,
      ObjectStore store,
      Meters meters,
      Consumer<Throwable> onFailure) {
    loadCompression();
    ServerConfig plain = ServerConfig.from(settings);
    ServerConfig config =
        AdminUser.from(settings)
            .map(admin -> plain.with(plain.security().with(admin)))
            .orElse(plain);
    KafkaConfig kafkaConfig = KafkaConfig.from(settings, serverId);
    BufferAllocator allocator = new RootAllocator();
    ThreadEventLoop loop = new ThreadEventLoop("thalweg-server", onFailure, meters);
    ThreadEventLoop read = new ThreadEventLoop("thalweg-read", onFailure, meters);
    WorkerPool compact =
        new WorkerPool("thalweg-compact", compactThreads(config), onFailure, meters);
    List<ThreadEventLoop> rows =
        IntStream.range(0, config.kv().rowsLoops())
            .mapToObj(i -> new ThreadEventLoop("thalweg-rows-" + i, onFailure, meters))
            .toList();
    ThreadEventLoop files = new ThreadEventLoop("thalweg-files", onFailure, meters);
    List<ThreadEventLoop> workers = new ArrayList<>(rows);
    workers.add(read);
    workers.add(files);
    KvStores stores = openStores(settings, serverId, clock);
    Resources resources = new Resources(loop, workers, compact, allocator, stores);
    ThalwegServer server =
        new ThalwegServer(
            new ServerIdentity(serverId, endpoints(flightConfig, kafkaConfig), Nonce.draw()),
            config,
            new ServerEnvironment(
                loop,
                new ServerWorkers(
                    read,
                    compact,
                    new ProcessorLoad(clock),
                    new RowsLoops(List.copyOf(rows)),
                    files),
                clock,
                coordinator,
                store,
                stores,
                allocator,
                meters),
            new ClusterState(Limits.STANDARD, CommitRules.STANDARD),
            Authorizer.ALLOW_ALL,
            ServerRules.STANDARD);
    try {
      Doors doors = open(flightConfig, kafkaConfig, server, clock, meters);
      server.start();
      return new ServerProcess(resources, server, doors, onFailure);
    } catch (RuntimeException | Error failure) {
      resources.close();
      throw failure;
    }
  }

  private static Map<String, String> endpoints(FlightConfig flight, KafkaConfig kafka) {
    Map<String, String> endpoints = new LinkedHashMap<>();
    endpoints.put("flight", flight.endpoint(flight.port()));
    if (kafka.opens()) {
      endpoints.put("kafka", kafka.endpoint());
    }
    return endpoints;
  }

  private static Doors open(
      FlightConfig flightConfig,
      KafkaConfig kafkaConfig,
      ThalwegServer server,
      Clock clock,
      Meters meters) {
    FlightFrontDoor flight = new FlightFrontDoor(flightConfig, server);
    meters.watch(ServerMeters.BUDGET_USED, flight::inboundBytes, "inbound");
    meters.watch(ServerMeters.BUDGET_LIMIT, flightConfig::inboundBytes, "inbound");
    int flightPort;
    try {
      flightPort = flight.start();
    } catch (IOException taken) {
      throw taken("clients", flightConfig.host(), flightConfig.port(), "--port", taken);
    }
    KafkaFrontDoor kafka =
        new KafkaFrontDoor(kafkaConfig, server, clock, new SeededRandom(Nonce.seed()), meters);
    if (kafkaConfig.opens()) {
      meters.watch(ServerMeters.BUDGET_USED, kafka::inboundBytes, "kafka");
      meters.watch(ServerMeters.BUDGET_LIMIT, kafkaConfig::inboundBytes, "kafka");
    }
    try {
      int kafkaPort = kafkaConfig.opens() ? kafka.start() : KafkaConfig.NO_DOOR;
      return new Doors(flight, flightPort, kafka, kafkaPort);
    } catch (IOException taken) {
      flight.close();
      throw taken("Kafka clients", kafkaConfig.host(), kafkaConfig.port(), "--kafka-port", taken);
    } catch (ConfigException unusable) {
      flight.close();
      throw unusable;
    }
  }

  private static ConfigException taken(
      String who, String host, int port, String option, IOException taken) {
    return new ConfigException(
        who
            + " cannot be served on "
            + host
            + ":"
            + port
            + ": "
            + rootCause(taken)
            + "; stop the process that listens there, or choose another "
            + option);
  }

  /**
   * Loads the library for zstd, which is unpacked into the temporary directory. A failure shows at
   * the start, not with the first segment.
   */
  private static void loadCompression() {
    try {
      Native.load();
    } catch (ExceptionInInitializerError | UnsatisfiedLinkError failure) {
      throw new ConfigException(
          "the library for zstd cannot be unpacked into the temporary directory "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + failure.getMessage()
              + "; make room there, or name another: THALWEG_JVM_OPTS=-Djava.io.tmpdir=DIR");
    }
  }

  /** Local state is only a cache, so its default place is the temporary directory. */
  /** At most half of the processors: what is read and written meanwhile has the others. */
  private static int compactThreads(ServerConfig config) {
    int half = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    return Math.min(half, config.compact().parallel());
  }

  private static KvStores openStores(Settings settings, String serverId, Clock clock) {
    String temporary =
        Path.of(System.getProperty("java.io.tmpdir"), "thalweg-" + serverId).toString();
    String directory = settings.text("server.kv.dir", temporary);
    try {
      return new LazyKvStores(
          new RocksKvStores(Path.of(directory), KvStoreConfig.from(settings)),
          LazyConfig.from(settings),
          clock);
    } catch (KvStoreException | InvalidPathException unusable) {
      throw new ConfigException(
          "server.kv.dir = '" + directory + "' cannot be used: " + unusable.getMessage());
    }
  }

  private static String rootCause(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage();
  }

  /**
   * Blocks until the server is a member of the cluster, at most {@code seconds}. Later failures go
   * to the failure handler.
   *
   * @throws ThalwegException with WRONG_CLUSTER if log and store don't belong together
   */
  public boolean awaitReady(int seconds) {
    try {
      server.ready().get(seconds, TimeUnit.SECONDS);
      var unused = server.failed().thenAccept(onFailure);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof ThalwegException wrong) {
        throw wrong;
      }
      throw new IllegalStateException("the server is neither ready nor refused", failure);
    }
  }

  /** The port on which Flight clients are served. */
  public int flightPort() {
    return doors.flightPort;
  }

  /** The port on which Kafka clients are served; {@link KafkaConfig#NO_DOOR} if they are not. */
  public int kafkaPort() {
    return doors.kafkaPort;
  }

  @Override
  public void close() {
    doors.close();
    try {
      server.close().get(10, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException late) {
      log.warn("the server did not end in time", late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    try {
      resources.close();
    } catch (IllegalStateException inUse) {
      log.warn("local state of primary-key tables did not end in time", inUse);
    }
    log.debug("memory at the end: {} bytes", resources.allocator().getAllocatedMemory());
  }
}
