package io.thalweg.benchmark;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A {@code thalweg dev} process on a directory of its own. */
final class ServerProcess implements AutoCloseable {
  private static final List<String> GIVEN = new ArrayList<>();

  final Path data;
  final int port;
  private final List<String> settings;
  private Process process;

  private ServerProcess(Path data, int port, List<String> settings) {
    this.data = data;
    this.port = port;
    this.settings = settings;
  }

  /** Settings of the command line, {@code name=value}, for all servers that start later. */
  static void set(String setting) {
    GIVEN.add(setting);
  }

  static ServerProcess start(String... settings) throws IOException {
    List<String> all = new ArrayList<>(List.of(settings));
    all.addAll(GIVEN);
    ServerProcess server =
        new ServerProcess(
            Files.createTempDirectory(Path.of("testing/benchmark/target"), "data"),
            freePort(),
            all);
    server.launch();
    return server;
  }

  /** Two free ports in a row. */
  private static int freePort() throws IOException {
    while (true) {
      try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          ServerSocket second =
              new ServerSocket(first.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress())) {
        return second.getLocalPort() - 1;
      } catch (IOException taken) {
        // The next port is somebody's: look elsewhere.
      }
    }
  }

  /** Starts the process; gives back how long it took until it was ready, in seconds. */
  double launch() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("bin/thalweg", "dev", "--data", data.toString(), "--port", "" + port));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    long begin = System.nanoTime();
    process =
        new ProcessBuilder(command).redirectError(data.resolve("server.log").toFile()).start();
    // Nobody closes what is under way when the benchmark is told to end.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "end"));
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.contains("ready")) {
        return (System.nanoTime() - begin) / 1e9;
      }
    }
    throw new IOException(
        "the server ended before it was ready: " + Files.readString(data.resolve("server.log")));
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Resident memory, in MB. */
  double residentMegabytes() {
    try {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
          .filter(line -> line.startsWith("VmRSS"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  /** How many files and sockets the process has open. */
  long openFiles() {
    String[] open = Path.of("/proc/" + process.pid() + "/fd").toFile().list();
    return open == null ? 0 : open.length;
  }

  /** Bytes that the process has read so far, from files and sockets. */
  long bytesRead() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process.pid() + "/io")).stream()
        .filter(line -> line.startsWith("rchar"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  /** Processor time used so far, in seconds. */
  double cpuSeconds() {
    return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  /**
   * Waits until it has nothing left to do of what came before, for a minute at most.
   *
   * @return whether it has
   */
  boolean awaitIdle() {
    for (int second = 0; second < 60; second++) {
      double before = cpuSeconds();
      LockSupport.parkNanos(1_000_000_000L);
      if (cpuSeconds() - before < 0.05) {
        return true;
      }
    }
    return false;
  }

  /** Number and bytes of the WAL objects that stand below the data directory. */
  long[] objects() {
    long[] sum = new long[2];
    count(data.resolve("objects/wal").toFile(), sum);
    return sum;
  }

  /** The server deletes some of them meanwhile: what is gone does not count. */
  private static void count(File directory, long[] sum) {
    File[] files = directory.listFiles();
    for (File file : files == null ? new File[0] : files) {
      if (file.isDirectory()) {
        count(file, sum);
      } else if (file.length() > 0) {
        sum[0]++;
        sum[1] += file.length();
      }
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> files = Files.walk(data)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
