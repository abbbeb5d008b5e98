package io.thalweg.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One run of {@code bin/thalweg} as a process of its own. Its output is read by a thread of its
 * own; everything else may be called from any thread. Closing it kills it.
 */
public final class ThalwegProcess implements AutoCloseable {
  /** Generous, because the tests share a few cores with others. */
  public static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Below the range of ports that systems use for outgoing connections. */
  private static final int LOWEST_PORT = 20_000;

  private static final int HIGHEST_PORT = 32_000;
  private static final Random PORTS = new Random();

  private final String name;
  private final Process process;
  private final long startedNanos;
  private final List<String> lines = new ArrayList<>();
  private boolean outputEnded;

  private ThalwegProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.startedNanos = System.nanoTime();
    Thread reader = new Thread(this::readOutput, name + "-output");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts {@code thalweg} with {@code arguments}. */
  public static ThalwegProcess start(String... arguments) {
    return startWith("-Xmx512m", arguments);
  }

  /** Starts it with a temporary directory of its own. */
  public static ThalwegProcess start(Path temporary, String... arguments) {
    return startWith("-Xmx512m -Djava.io.tmpdir=" + temporary, arguments);
  }

  /** Starts it with JVM options, such as {@code -Xmx256m}. */
  public static ThalwegProcess startWith(String jvmOptions, String... arguments) {
    List<String> command = new ArrayList<>();
    Path module = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();
    Path binary = module.resolveSibling("bin").resolve("thalweg").normalize();
    assertThat(binary).isExecutable();
    command.add(binary.toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // Runs are short, so a quick start matters more than top speed.
    builder.environment().put("THALWEG_JVM_OPTS", jvmOptions + " -XX:TieredStopAtLevel=1");
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    try {
      return new ThalwegProcess(arguments[0], builder.start());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Everything in one process. */
  public static ThalwegProcess dev(Path data, int port, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("dev", "--data", data.toString(), "--port", Integer.toString(port)));
    arguments.addAll(List.of(more));
    return start(arguments.toArray(String[]::new));
  }

  /** The same, with frequent moves, segments, deletions and snapshots, so that kills hit them. */
  public static ThalwegProcess devToBeKilled(Path data, int port, String... more) {
    List<String> arguments = new ArrayList<>();
    for (String setting :
        List.of(
            "write.inline.flush.interval=300ms",
            "coordinator.log.snapshot.bytes=4mib",
            "coordinator.log.segment.bytes=8mib",
            "compact.check.interval=200ms",
            "compact.delete.delay=1s",
            "compact.sweep.interval=2s")) {
      arguments.addAll(List.of("--set", setting));
    }
    arguments.addAll(List.of(more));
    return dev(data, port, arguments.toArray(String[]::new));
  }

  /** The first of {@code count} consecutive free ports. */
  public static int freePorts(int count) {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int first = LOWEST_PORT + PORTS.nextInt(HIGHEST_PORT - LOWEST_PORT);
      boolean free = true;
      for (int port = first; port < first + count; port++) {
        free &= isFree(port);
      }
      if (free) {
        return first;
      }
    }
    throw new AssertionError("no " + count + " free ports in a row");
  }

  public static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  private void readOutput() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (lines) {
          lines.add(line);
          lines.notifyAll();
        }
      }
    } catch (IOException closed) {
      // The process was ended; its output up to then is in the lines.
      synchronized (lines) {
        lines.add("(its output was cut off: " + closed.getMessage() + ")");
      }
    } finally {
      synchronized (lines) {
        outputEnded = true;
        lines.notifyAll();
      }
    }
  }

  /** Waits until it takes requests; returns how long that took since its start. */
  public Duration awaitReady() {
    awaitLine("ready");
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }

  /** Waits for a line of output that contains {@code part}. */
  public void awaitLine(String part) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    synchronized (lines) {
      int seen = 0;
      while (true) {
        for (; seen < lines.size(); seen++) {
          if (lines.get(seen).contains(part)) {
            return;
          }
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (outputEnded || left <= 0) {
          throw new AssertionError(
              (outputEnded ? "it ended" : "not within " + PATIENCE)
                  + " without the line '"
                  + part
                  + "'; "
                  + this);
        }
        try {
          lines.wait(left);
        } catch (InterruptedException interrupted) {
          throw new AssertionError(interrupted);
        }
      }
    }
  }

  /** Waits until it has ended by itself; returns its exit code. */
  public int awaitEnd(Duration limit) {
    assertThat(endsWithin(limit)).as("ended within %s: %s", limit, this).isTrue();
    synchronized (lines) {
      while (!outputEnded) {
        try {
          lines.wait();
        } catch (InterruptedException interrupted) {
          throw new AssertionError(interrupted);
        }
      }
    }
    return process.exitValue();
  }

  /** Waits for its end for at most {@code limit}; returns whether it ended. */
  public boolean endsWithin(Duration limit) {
    try {
      return process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  public boolean alive() {
    return process.isAlive();
  }

  public long pid() {
    return process.pid();
  }

  /** SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** SIGKILL; returns when it is gone. */
  public void kill() {
    process.destroyForcibly();
    assertThat(endsWithin(PATIENCE)).as("%s is gone", name).isTrue();
  }

  /** Its output so far. */
  public String output() {
    synchronized (lines) {
      return String.join("\n", lines);
    }
  }

  @Override
  public void close() {
    kill();
  }

  @Override
  public String toString() {
    return name + (alive() ? "" : " (ended with " + process.exitValue() + ")") + ":\n" + output();
  }
}
