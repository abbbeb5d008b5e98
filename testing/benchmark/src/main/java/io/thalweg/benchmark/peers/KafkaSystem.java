package io.thalweg.benchmark.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Apache Kafka: one process that is broker and controller. Stateless. */
public final class KafkaSystem implements PeerSystem {
  private static final Path HOME = Path.of("testing/peers/kafka/target");

  @Override
  public String name() {
    return "Kafka";
  }

  @Override
  public boolean hasColumns() {
    return false;
  }

  @Override
  public String durability() {
    return "acknowledged without fsync";
  }

  @Override
  public String memory() {
    return "heap of broker and controller, one process, " + PeerHeap.SERVER;
  }

  @Override
  public Map<String, String> settings(WorkGroup group, Tuning tuning) {
    if (tuning == Tuning.DEFAULTS) {
      return Map.of();
    }
    return group == WorkGroup.TAIL
        ? Map.of("client.linger.ms", "0")
        : Map.of("client.batch.size", "1048576", "client.buffer.memory", "67108864");
  }

  @Override
  public RunningPeer start(Map<String, String> settings) throws IOException {
    return RunningPeer.drive(
        servers(RunningPeer.ofServers(settings)),
        PeerHeap.drivers(HOME),
        "io.thalweg.benchmark.kafka.KafkaDriver",
        RunningPeer.ofDriver(settings));
  }

  /**
   * Starts a driver for {@code ./benchmark kafka}. It has Kafka's clients, and of the servers it
   * learns the address alone, whoever they are; they outlive it.
   *
   * @param bytes of a value
   */
  public static RunningPeer records(PeerServers servers, long bytes) throws IOException {
    return RunningPeer.beside(
        servers,
        PeerHeap.drivers(HOME),
        "io.thalweg.benchmark.kafka.RecordDriver",
        Map.of("bytes", Long.toString(bytes)));
  }

  @Override
  public PeerServers servers(Map<String, String> settings) throws IOException {
    int broker = PeerProcesses.freePort();
    int controller = PeerProcesses.freePort();
    Path directory = RunningPeer.scratch("kafka");
    PeerProcesses servers = new PeerProcesses(directory, "127.0.0.1:" + broker);
    Path file = serverSettings(directory, broker, controller, settings);
    servers.run(
        program(
            "format",
            "kafka.tools.StorageTool",
            "format",
            "--standalone",
            "-t",
            // Any cluster id will do: 16 bytes in Base64.
            "dGhhbHdlZy1wZWVycw0wMA",
            "-c",
            file.toString()));
    servers.start(program("broker", "kafka.Kafka", file.toString()), broker);
    return servers;
  }

  private static JavaProcess.Program program(String name, String... arguments) {
    return new JavaProcess.Program(
        name, PeerHeap.SERVER, JavaProcess.jars(HOME.resolve("server")), List.of(arguments));
  }

  private static Path serverSettings(
      Path directory, int broker, int controller, Map<String, String> settings) throws IOException {
    Map<String, String> all = new TreeMap<>();
    all.put("process.roles", "broker,controller");
    all.put("node.id", "1");
    all.put(
        "listeners",
        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(broker, controller));
    all.put("controller.listener.names", "CONTROLLER");
    all.put("controller.quorum.bootstrap.servers", "127.0.0.1:" + controller);
    all.put("log.dirs", directory.resolve("data").toString());
    // Of one broker there can be one copy only.
    all.put("offsets.topic.replication.factor", "1");
    all.put("transaction.state.log.replication.factor", "1");
    all.put("transaction.state.log.min.isr", "1");
    all.putAll(settings);
    return Files.write(
        directory.resolve("server.properties"),
        all.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).toList());
  }
}
