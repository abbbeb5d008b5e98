package io.thalweg.chaos;

import io.thalweg.s3server.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * An S3 server, the proxy before it, one coordinator and two servers. A thread of its own restarts
 * every process that should be up and is not, as an operating system's service manager would.
 */
final class Cluster implements AutoCloseable {
  private static final int SERVERS = 2;
  private static final int LOWEST_PORT = 20_000;
  private static final int HIGHEST_PORT = 32_000;
  private static final int SUPERVISE_MILLIS = 100;
  private static final String DISK_SIZE = "size=768m";

  private final Path directory;
  private final int sessionSeconds;
  private final Optional<Path> smallDisk;
  private final S3Server s3;
  private final FaultProxy proxy;
  private final int firstPort;
  private final ChaosProcess coordinator;
  private final List<ChaosProcess> servers = new ArrayList<>();
  private volatile boolean closed;

  /**
   * Starts everything below {@code directory}.
   *
   * @param sessionSeconds after which a silent server has lost its buckets
   */
  Cluster(Path directory, int sessionSeconds, Random random, FaultCounts counts)
      throws IOException {
    this.directory = directory;
    this.sessionSeconds = sessionSeconds;
    this.smallDisk = mount(directory.resolve("coordinator"));
    this.s3 = S3Server.start();
    this.proxy = new FaultProxy(s3.port(), random.nextLong(), counts);
    this.firstPort = freePorts(1 + 2 * SERVERS, random);
    this.coordinator =
        new ChaosProcess("coordinator", coordinatorArguments(), directory.resolve("c.log"));
    for (int i = 0; i < SERVERS; i++) {
      String name = i == 0 ? "a" : "b";
      servers.add(
          new ChaosProcess(
              "server " + name,
              serverArguments(name, serverPort(i)),
              directory.resolve(name + ".log")));
    }
    processes().forEach(ChaosProcess::up);
    Thread supervisor = new Thread(this::supervise, "supervisor");
    supervisor.setDaemon(true);
    supervisor.start();
  }

  /** A file system that can be filled, for the coordinator; none without the right to mount. */
  private static Optional<Path> mount(Path at) throws IOException {
    Files.createDirectories(at);
    return run("mount", "-t", "tmpfs", "-o", DISK_SIZE, "tmpfs", at.toString())
        ? Optional.of(at)
        : Optional.empty();
  }

  private static boolean run(String... command) throws IOException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private List<String> coordinatorArguments() {
    return withSettings(
        List.of(
            "coordinator",
            "--data",
            directory.resolve("coordinator").resolve("data").toString(),
            "--members",
            "c1=127.0.0.1:" + firstPort),
        Map.of(
            "coordinator.session.timeout", sessionSeconds + "s",
            // Often enough that faults hit them.
            "coordinator.log.snapshot.bytes", "4mib",
            "coordinator.log.segment.bytes", "8mib"));
  }

  private List<String> serverArguments(String id, int port) {
    Map<String, String> settings = new HashMap<>(s3.settings(""));
    settings.remove("objectstore.s3.bucket");
    settings.remove("objectstore.s3.prefix");
    settings.put("objectstore.s3.endpoint", "http://127.0.0.1:" + proxy.port());
    settings.put("objectstore.s3.timeout", "3s");
    settings.put("objectstore.s3.retry.backoff.max", "500ms");
    settings.put("server.heartbeat", "300ms");
    settings.put("write.timeout", "20s");
    settings.put("write.inline.flush.interval", "500ms");
    // Often enough that faults hit segments, deletions and sweeps.
    settings.put("compact.check.interval", "200ms");
    settings.put("compact.delete.delay", "1s");
    settings.put("compact.sweep.interval", "3s");
    // Often enough that servers restore rows from snapshots made during faults.
    settings.put("server.kv.dir", directory.resolve("kv-" + id).toString());
    settings.put("server.kv.snapshot.interval", "1s");
    settings.put("server.kv.restore.lag", "20");
    settings.put("server.kv.row-cache", "1mib");
    // Small enough that readers of old rows go to the object store.
    settings.put("cache.tail", "1mib");
    settings.put("cache.block", "1mib");
    int number = port - serverPort(0);
    settings.put("kafka.port", Integer.toString(kafkaPort(number)));
    settings.put("kafka.node.id", Integer.toString(kafkaId(number)));
    return withSettings(
        List.of(
            "server",
            "--coordinators",
            "c1=127.0.0.1:" + firstPort,
            "--store",
            "s3://" + S3Server.BUCKET + "/chaos",
            "--port",
            Integer.toString(port),
            "--id",
            id),
        settings);
  }

  private static List<String> withSettings(List<String> first, Map<String, String> settings) {
    List<String> arguments = new ArrayList<>(first);
    settings.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
    return arguments;
  }

  /** The first of this many consecutive free ports. */
  private static int freePorts(int count, Random random) {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int first = LOWEST_PORT + random.nextInt(HIGHEST_PORT - LOWEST_PORT);
      boolean free = true;
      for (int port = first; port < first + count; port++) {
        free &= isFree(port);
      }
      if (free) {
        return first;
      }
    }
    throw new IllegalStateException("no " + count + " free ports in a row");
  }

  private static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  private void supervise() {
    while (!closed) {
      processes().forEach(ChaosProcess::revive);
      Pause.millis(SUPERVISE_MILLIS);
    }
  }

  private int serverPort(int server) {
    return firstPort + 1 + server;
  }

  /** Where clients reach a server, 0 or 1. */
  String address(int server) {
    return "127.0.0.1:" + serverPort(server);
  }

  /** Where Kafka's clients reach the servers. */
  String kafkaAddresses() {
    return "127.0.0.1:" + kafkaPort(0) + ",127.0.0.1:" + kafkaPort(1);
  }

  private int kafkaPort(int server) {
    return serverPort(SERVERS) + server;
  }

  /** The number under which Kafka's clients know a server. */
  static int kafkaId(int server) {
    return server + 1;
  }

  int serverCount() {
    return servers.size();
  }

  ChaosProcess coordinator() {
    return coordinator;
  }

  ChaosProcess server(int number) {
    return servers.get(number);
  }

  FaultProxy proxy() {
    return proxy;
  }

  /** The coordinator's disk, if the run may fill it. */
  Optional<Path> smallDisk() {
    return smallDisk;
  }

  /** All processes, the coordinator first. */
  List<ChaosProcess> processes() {
    List<ChaosProcess> all = new ArrayList<>(servers);
    all.add(0, coordinator);
    return all;
  }

  @Override
  public void close() {
    closed = true;
    processes().forEach(ChaosProcess::kill);
    s3.close();
    try {
      proxy.close();
      if (smallDisk.isPresent() && !run("umount", smallDisk.get().toString())) {
        throw new IllegalStateException("cannot unmount " + smallDisk.get());
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
