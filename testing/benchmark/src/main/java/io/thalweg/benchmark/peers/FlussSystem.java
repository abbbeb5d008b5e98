package io.thalweg.benchmark.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Apache Fluss: ZooKeeper, a coordinator and a tablet server, each a process, out of the server's
 * jar. Stateless.
 */
public final class FlussSystem implements PeerSystem {
  private static final Path HOME = Path.of("testing/peers/fluss/target");
  private static final String COORDINATOR_HEAP = "512m";
  private static final String ZOOKEEPER_HEAP = "256m";

  @Override
  public String name() {
    return "Fluss";
  }

  @Override
  public String durability() {
    return "acknowledged without fsync";
  }

  @Override
  public String memory() {
    return "heap of the tablet server %s, of the coordinator %s, of ZooKeeper %s"
        .formatted(PeerHeap.SERVER, COORDINATOR_HEAP, ZOOKEEPER_HEAP);
  }

  @Override
  public Map<String, String> settings(WorkGroup group, Tuning tuning) {
    if (tuning == Tuning.DEFAULTS) {
      return Map.of();
    }
    Map<String, String> best = new TreeMap<>();
    // Compressing what nobody can compress much takes time on both ends.
    best.put("table.log.arrow.compression.type", "NONE");
    switch (group) {
      case LOG -> {
        best.put("client.scanner.log.max-poll-records", "5000");
        best.put("client.scanner.log.fetch.max-bytes-for-bucket", "4mb");
      }
      case KEYS -> {
        // 0 would be the natural choice, but with it the client of 0.9.1 sends nothing at all.
        best.put("client.lookup.batch-timeout", "100micros");
        best.put("client.lookup.max-batch-size", "1024");
        best.put("kv.rocksdb.block.cache-size", "256mb");
      }
      case TAIL -> {
        best.put("client.writer.batch-timeout", "0ms");
        // A request for buckets without new rows keeps those with new rows waiting so long.
        best.put("client.scanner.log.fetch.wait-max-time", "5ms");
      }
    }
    return best;
  }

  @Override
  public RunningPeer start(Map<String, String> settings) throws IOException {
    return RunningPeer.drive(
        servers(RunningPeer.ofServers(settings)),
        PeerHeap.drivers(HOME),
        "io.thalweg.benchmark.fluss.FlussDriver",
        RunningPeer.ofDriver(settings));
  }

  @Override
  public PeerServers servers(Map<String, String> settings) throws IOException {
    int keeper = PeerProcesses.freePort();
    int coordinator = PeerProcesses.freePort();
    int tablet = PeerProcesses.freePort();
    Path directory = RunningPeer.scratch("fluss");
    PeerProcesses servers = new PeerProcesses(directory, "127.0.0.1:" + coordinator);
    Path keeperSettings = keeperSettings(directory, keeper);
    Path serverSettings = serverSettings(directory, keeper, settings);
    servers.start(
        program(
            "zookeeper",
            ZOOKEEPER_HEAP,
            "org.apache.fluss.shaded.zookeeper3.org.apache.zookeeper.server.quorum.QuorumPeerMain",
            keeperSettings.toString()),
        keeper);
    servers.start(
        program(
            "coordinator",
            COORDINATOR_HEAP,
            "org.apache.fluss.server.coordinator.CoordinatorServer",
            "--configDir",
            serverSettings.toString(),
            "-Dbind.listeners=FLUSS://127.0.0.1:" + coordinator),
        coordinator);
    servers.start(
        program(
            "tablet",
            PeerHeap.SERVER,
            "org.apache.fluss.server.tablet.TabletServer",
            "--configDir",
            serverSettings.toString(),
            "-Dbind.listeners=FLUSS://127.0.0.1:" + tablet),
        tablet);
    return servers;
  }

  private static JavaProcess.Program program(String name, String heap, String... arguments) {
    return new JavaProcess.Program(
        name, heap, JavaProcess.jars(HOME.resolve("server")), List.of(arguments));
  }

  private static Path keeperSettings(Path directory, int port) throws IOException {
    return Files.write(
        directory.resolve("zookeeper.properties"),
        List.of(
            "dataDir=" + directory.resolve("zookeeper"),
            "clientPort=" + port,
            "clientPortAddress=127.0.0.1",
            "maxClientCnxns=0",
            "admin.enableServer=false"));
  }

  /** Writes what coordinator and tablet server read; they listen on what their arguments say. */
  private static Path serverSettings(Path directory, int keeper, Map<String, String> settings)
      throws IOException {
    Map<String, String> all =
        new TreeMap<>(
            Map.of(
                "zookeeper.address",
                "127.0.0.1:" + keeper,
                "data.dir",
                directory.resolve("data").toString(),
                "remote.data.dir",
                directory.resolve("remote").toString(),
                "tablet-server.id",
                "0"));
    all.putAll(settings);
    Path folder = Files.createDirectory(directory.resolve("conf"));
    Files.write(
        folder.resolve("server.yaml"),
        all.entrySet().stream().map(each -> each.getKey() + ": " + each.getValue()).toList());
    return folder;
  }
}
