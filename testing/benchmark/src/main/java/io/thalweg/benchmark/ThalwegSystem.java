package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.ServerProcess;
import io.thalweg.benchmark.peers.PageCache;
import io.thalweg.benchmark.peers.PeerHeap;
import io.thalweg.benchmark.peers.PeerServers;
import io.thalweg.benchmark.peers.PeerSystem;
import io.thalweg.benchmark.peers.RunningPeer;
import io.thalweg.benchmark.peers.Tuning;
import io.thalweg.benchmark.peers.WorkGroup;
import io.thalweg.benchmark.workload.ThalwegDriver;
import java.io.File;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** Thalweg as one of the systems that are compared: {@code thalweg dev}. Stateless. */
final class ThalwegSystem implements PeerSystem {
  private final boolean kafka;

  private ThalwegSystem(boolean kafka) {
    this.kafka = kafka;
  }

  /** For drivers with our own client. */
  ThalwegSystem() {
    this(false);
  }

  /** For drivers with Kafka's client: the servers' address is that of the Kafka door. */
  static ThalwegSystem throughKafka() {
    return new ThalwegSystem(true);
  }

  @Override
  public String name() {
    return "Thalweg";
  }

  @Override
  public String durability() {
    return "acknowledged after fsync";
  }

  @Override
  public String memory() {
    return "heap of coordinator and server, one process, " + PeerHeap.SERVER;
  }

  @Override
  public Map<String, String> settings(WorkGroup group, Tuning tuning) {
    return tuning == Tuning.BEST && group == WorkGroup.KEYS
        ? Map.of("server.kv.row-cache", "1gib")
        : Map.of();
  }

  @Override
  public PeerServers servers(Map<String, String> settings) throws IOException {
    Map<String, String> all = new TreeMap<>(settings);
    if (!kafka) {
      ServerProcess process = started(all);
      return new Servers(process, "grpc://" + process.address());
    }
    int port = ServerProcess.freePort();
    all.put("kafka.port", Integer.toString(port));
    return new Servers(started(all), "127.0.0.1:" + port);
  }

  private static ServerProcess started(Map<String, String> settings) throws IOException {
    return ServerProcess.start(
        settings.entrySet().stream()
            .map(each -> each.getKey() + "=" + each.getValue())
            .toArray(String[]::new));
  }

  @Override
  public RunningPeer start(Map<String, String> settings) throws IOException {
    return RunningPeer.drive(
        servers(RunningPeer.ofServers(settings)),
        String.join(
            File.pathSeparator,
            "testing/benchmark/target/classes",
            "node/target/lib/thalweg-node.jar"),
        ThalwegDriver.class.getName(),
        RunningPeer.ofDriver(settings));
  }

  private record Servers(ServerProcess process, String address) implements PeerServers {
    @Override
    public double cpuSeconds() {
      return process.cpuSeconds();
    }

    @Override
    public void restartCold() throws IOException {
      process.stop();
      PageCache.drop(process.data());
      process.launch();
    }

    @Override
    public void close() throws IOException {
      process.close();
    }
  }
}
