package io.thalweg.kafkasuite;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;

/**
 * The processes of a cluster: {@code thalweg dev}, or a coordinator and several servers over one
 * store. A test may stop and start each server. One thread at a time.
 */
final class Servers {
  private static final int KAFKA = 2;

  private final Optional<ServerProcess> coordinator;
  private final Map<Integer, ServerProcess> servers = new TreeMap<>();
  private final Set<Integer> down = new TreeSet<>();
  private final Path directory;

  /**
   * Servers that do not run yet.
   *
   * @param count how many; their ids are 0 and up
   * @param settings of each, by its id
   */
  Servers(Path command, Path directory, int count, IntFunction<Map<String, String>> settings) {
    this.directory = directory;
    Path data = directory.resolve("data");
    if (count == 1) {
      coordinator = Optional.empty();
      servers.put(
          0,
          new ServerProcess(
              command,
              directory,
              port ->
                  with(
                      settings.apply(0),
                      "dev",
                      "--data",
                      data.toString(),
                      "--port",
                      Integer.toString(port),
                      "--kafka-port",
                      Integer.toString(port + KAFKA))));
      return;
    }
    ServerProcess first =
        new ServerProcess(
            command,
            directory.resolve("coordinator"),
            port ->
                with(
                    Map.of("coordinator.session.timeout", "3s"),
                    "coordinator",
                    "--data",
                    data.resolve("log").toString(),
                    "--members",
                    member(port)));
    coordinator = Optional.of(first);
    for (int i = 0; i < count; i++) {
      int id = i;
      servers.put(
          id,
          new ServerProcess(
              command,
              directory.resolve("server-" + id),
              port ->
                  with(
                      settings.apply(id),
                      "server",
                      "--coordinators",
                      member(first.port()),
                      "--store",
                      data.resolve("store").toString(),
                      "--port",
                      Integer.toString(port),
                      "--id",
                      "s" + id,
                      "--set",
                      "kafka.port=" + (port + KAFKA),
                      "--set",
                      "server.kv.dir=" + data.resolve("rows-" + id))));
    }
  }

  private static String member(int port) {
    return "c1=127.0.0.1:" + port;
  }

  private static List<String> with(Map<String, String> settings, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    settings.forEach((name, value) -> all.addAll(List.of("--set", name + "=" + value)));
    return all;
  }

  /** Starts all. */
  void start() {
    coordinator.ifPresent(ServerProcess::start);
    servers.values().forEach(ServerProcess::start);
  }

  Set<Integer> ids() {
    return servers.keySet();
  }

  /** The ids of those that the test did not stop. */
  Set<Integer> up() {
    Set<Integer> up = new TreeSet<>(servers.keySet());
    up.removeAll(down);
    return up;
  }

  /** Where Kafka's clients find that server. */
  int kafkaPort(int id) {
    return servers.get(id).port() + KAFKA;
  }

  /** Ends one as its operator would. */
  void terminate(int id) {
    down.add(id);
    servers.get(id).terminate();
  }

  /** Starts one again. */
  void start(int id) {
    servers.get(id).start();
    down.remove(id);
  }

  /**
   * Ends all at once, and removes their data; says what has ended by itself before, if anything.
   */
  Optional<Path> end() {
    Optional<Path> lost =
        up().stream()
            .map(servers::get)
            .filter(each -> !each.isAlive())
            .map(ServerProcess::output)
            .findFirst();
    servers.values().forEach(ServerProcess::kill);
    coordinator.ifPresent(ServerProcess::kill);
    ClassRun.remove(directory.resolve("data"));
    servers.values().forEach(ServerProcess::removeTemporary);
    coordinator.ifPresent(ServerProcess::removeTemporary);
    return lost;
  }
}
