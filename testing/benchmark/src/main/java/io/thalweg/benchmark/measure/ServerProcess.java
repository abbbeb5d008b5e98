package io.thalweg.benchmark.measure;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Runs a {@code thalweg dev} process on a directory of its own. One thread at a time. */
public final class ServerProcess implements AutoCloseable {
  private static final List<String> GIVEN = new ArrayList<>();
  private static final int STOP_SECONDS = 60;
  private static final String JVM_OPTIONS = "THALWEG_JVM_OPTS";
  private static Optional<String> heap = Optional.empty();

  private final Path data;
  private final int port;
  private final List<String> settings;
  private Process process;
  private ProcessCounters counters;

  private ServerProcess(Path data, int port, List<String> settings) {
    this.data = data;
    this.port = port;
    this.settings = settings;
  }

  /** Settings of the command line, {@code name=value}, for all servers that start later. */
  public static void set(String setting) {
    GIVEN.add(setting);
  }

  /** The largest heap, as {@code -Xmx} takes it, of all servers that start later. */
  public static void heap(String size) {
    heap = Optional.of(size);
  }

  /** Starts a server with these settings on a new directory, and waits until it is ready. */
  public static ServerProcess start(String... settings) throws IOException {
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

  /** The first of two free ports in a row. */
  public static int freePort() throws IOException {
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
  public double launch() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("bin/thalweg", "dev", "--data", data.toString(), "--port", "" + port));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    long begin = System.nanoTime();
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(data.resolve("server.log").toFile());
    heap.ifPresent(
        size ->
            builder
                .environment()
                .merge(JVM_OPTIONS, "-Xmx" + size, (given, more) -> given + " " + more));
    process = builder.start();
    // Nobody closes what is under way when the benchmark is told to end.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "end"));
    counters = new ProcessCounters(process.toHandle());
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.contains("ready")) {
        return (System.nanoTime() - begin) / 1e9;
      }
    }
    throw new IOException("the server ended before it was ready: " + lastWords());
  }

  /** Where it keeps its data. */
  public Path data() {
    return data;
  }

  /** The port of its native protocol. */
  public int port() {
    return port;
  }

  /** Its address for clients. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** What the kernel counts of the process that was started last. */
  public ProcessCounters counters() {
    return counters;
  }

  /** Ends the process at once, as a crash would. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Asks the process to end, as an operator does, and waits until it has. */
  public void stop() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("the server does not end: " + lastWords());
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  private String lastWords() throws IOException {
    return Files.readString(data.resolve("server.log"));
  }

  /** Resident memory, in MB. */
  public double residentMegabytes() {
    return counters.residentMegabytes();
  }

  /** How many files and sockets the process has open. */
  public long openFiles() {
    String[] open = Path.of("/proc/" + process.pid() + "/fd").toFile().list();
    return open == null ? 0 : open.length;
  }

  /** Bytes that the process has read so far, from files and sockets. */
  public long bytesRead() {
    return counters.bytesRead();
  }

  /** Processor time used so far, in seconds. */
  public double cpuSeconds() {
    return counters.cpuSeconds();
  }

  /**
   * Waits until it has nothing left to do of what came before, for a minute at most.
   *
   * @return whether it has
   */
  public boolean awaitIdle() {
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
  public long[] objects() {
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
