package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.ServerProcess;
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

/** Thalweg as one of the systems that are compared: {@code thalweg dev}. Stateless. */
final class ThalwegSystem implements PeerSystem {
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
  public RunningPeer start(Map<String, String> settings) throws IOException {
    ServerProcess process =
        ServerProcess.start(
            RunningPeer.ofServers(settings).entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .toArray(String[]::new));
    return RunningPeer.drive(
        new Servers(process),
        String.join(
            File.pathSeparator,
            "testing/benchmark/target/classes",
            "node/target/lib/thalweg-node.jar"),
        ThalwegDriver.class.getName(),
        RunningPeer.ofDriver(settings));
  }

  private record Servers(ServerProcess process) implements PeerServers {
    @Override
    public String address() {
      return "grpc://127.0.0.1:" + process.port();
    }

    @Override
    public double cpuSeconds() {
      return process.cpuSeconds();
    }

    @Override
    public void close() throws IOException {
      process.close();
    }
  }
}
