package io.thalweg.kafkasuite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * A process of ours over a directory of its own, on ports of its own on loopback. It may be stopped
 * and started again. One thread at a time.
 */
final class ServerProcess {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TRIES = 3;
  private static final int PORTS = 3;

  /** Below the range of ports that systems use for outgoing connections. */
  private static final int LOWEST_PORT = 20_000;

  private static final int HIGHEST_PORT = 32_000;

  /** Of this JVM, for its end: a test may end it. */
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  private final Path command;
  private final Path directory;
  private final IntFunction<List<String>> arguments;
  private int port;
  private Process process;

  /**
   * A process that does not run yet.
   *
   * @param command {@code bin/thalweg}
   * @param directory of its data and its output; made when it starts
   * @param arguments of the command, by the first of the {@value #PORTS} ports that it has
   */
  ServerProcess(Path command, Path directory, IntFunction<List<String>> arguments) {
    this.command = command;
    this.directory = directory;
    this.arguments = arguments;
  }

  /** The first of its ports, once it was started. */
  int port() {
    return port;
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  Path output() {
    return directory.resolve("output");
  }

  /**
   * Starts it, and waits until it takes requests. At its second start it has the ports of the
   * first.
   */
  void start() {
    int tries = port == 0 ? TRIES : 1;
    for (int i = 0; i < tries; i++) {
      if (tries > 1) {
        port = freePorts();
      }
      if (startsOn()) {
        return;
      }
    }
    throw new IllegalStateException("the server did not start; its output is in " + output());
  }

  private boolean startsOn() {
    List<String> line = new ArrayList<>(List.of(command.toString()));
    line.addAll(arguments.apply(port));
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    try {
      Path temporary = Files.createDirectories(directory.resolve("tmp"));
      builder.redirectOutput(output().toFile());
      // Most tests last seconds: what starts quickly is quicker.
      builder
          .environment()
          .put(
              "THALWEG_JVM_OPTS", "-Xmx512m -XX:TieredStopAtLevel=1 -Djava.io.tmpdir=" + temporary);
      builder.environment().remove("JAVA_TOOL_OPTIONS");
      process = builder.start();
      RUNNING.add(process);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (System.nanoTime() < deadline) {
        if (Files.readString(output()).contains(" ready")) {
          return true;
        }
        if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
          return false;
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    kill();
    return false;
  }

  /** Ends it as its operator would, so that it takes leave of its clients. */
  void terminate() {
    process.destroy();
    awaitEnd();
  }

  /** Ends all that run, at once. */
  static void killAll() {
    RUNNING.forEach(Process::destroyForcibly);
  }

  /** Ends it at once. */
  void kill() {
    if (process != null) {
      process.destroyForcibly();
      awaitEnd();
    }
  }

  /** Removes what it left in its temporary directory. */
  void removeTemporary() {
    ClassRun.remove(directory.resolve("tmp"));
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      RUNNING.remove(process);
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static int freePorts() {
    Random random = new Random();
    while (true) {
      int first = LOWEST_PORT + random.nextInt(HIGHEST_PORT - LOWEST_PORT);
      boolean free = true;
      for (int each = first; each < first + PORTS; each++) {
        free &= isFree(each);
      }
      if (free) {
        return first;
      }
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
