package io.thalweg.benchmark.peers;

import io.thalweg.benchmark.workload.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A system that runs, with its driver. One thread. */
public final class RunningPeer implements AutoCloseable {
  private final PeerServers servers;
  private final DriverProcess driver;
  private final Path directory;

  private RunningPeer(PeerServers servers, DriverProcess driver, Path directory) {
    this.servers = servers;
    this.driver = driver;
    this.directory = directory;
  }

  /**
   * Starts the driver of servers that run.
   *
   * @param jars the driver's class path
   * @param main the driver's main class
   */
  public static RunningPeer drive(
      PeerServers servers, String jars, String main, Map<String, String> settings)
      throws IOException {
    Path directory = scratch("driver");
    try {
      return new RunningPeer(
          servers,
          DriverProcess.start(directory, jars, main, servers.address(), settings),
          directory);
    } catch (IOException failed) {
      servers.close();
      throw failed;
    }
  }

  /** As {@link #drive}, but the servers outlive the driver. */
  static RunningPeer beside(
      PeerServers servers, String jars, String main, Map<String, String> settings)
      throws IOException {
    return drive(new Outliving(servers), jars, main, settings);
  }

  private record Outliving(PeerServers servers) implements PeerServers {
    @Override
    public String address() {
      return servers.address();
    }

    @Override
    public double cpuSeconds() {
      return servers.cpuSeconds();
    }

    @Override
    public void restartCold() throws IOException {
      servers.restartCold();
    }

    @Override
    public void close() {}
  }

  /** A new directory, on the disk that all systems use. */
  public static Path scratch(String name) throws IOException {
    return Files.createTempDirectory(
        Path.of("testing/benchmark/target").toAbsolutePath(), "peers-" + name);
  }

  private static boolean isOfDriver(String setting) {
    return setting.startsWith("client.") || setting.startsWith("table.");
  }

  /** Those of all settings that the driver gets. */
  public static Map<String, String> ofDriver(Map<String, String> settings) {
    Map<String, String> own = new TreeMap<>(settings);
    own.keySet().removeIf(name -> !isOfDriver(name));
    return own;
  }

  /** Those of all settings that the servers get. */
  public static Map<String, String> ofServers(Map<String, String> settings) {
    Map<String, String> own = new TreeMap<>(settings);
    own.keySet().removeIf(RunningPeer::isOfDriver);
    return own;
  }

  /** Does an order that has one figure. */
  public Figure carryOut(Words order) throws IOException {
    return answer(order).figure("");
  }

  /**
   * Does an order.
   *
   * @throws RefusedException if the system does not do such things
   */
  public Answer answer(Words order) throws IOException {
    double serversBefore = servers.cpuSeconds();
    double driverBefore = driver.cpuSeconds();
    Words words = driver.carryOut(order);
    return new Answer(
        words, servers.cpuSeconds() - serversBefore, driver.cpuSeconds() - driverBefore);
  }

  @Override
  public void close() throws IOException {
    driver.close();
    servers.close();
    delete(directory);
  }

  /** Deletes a directory and all below it. */
  static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
