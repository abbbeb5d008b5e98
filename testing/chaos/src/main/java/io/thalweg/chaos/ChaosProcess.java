package io.thalweg.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One role of the cluster: restarts its process whenever it should be up and is not. Synchronised.
 */
final class ChaosProcess {
  private static final int SIGKILL_EXIT = 137;
  private static final int GONE_SECONDS = 30;

  private final String name;
  private final List<String> command;
  private final Path output;
  private Process process;
  private boolean wanted;
  private final List<String> ends = new ArrayList<>();

  /**
   * @param arguments of {@code bin/thalweg}
   * @param output takes the process's output, over all its lives
   */
  ChaosProcess(String name, List<String> arguments, Path output) {
    this.name = name;
    this.output = output;
    this.command = new ArrayList<>(List.of("bin/thalweg"));
    this.command.addAll(arguments);
  }

  /** From now on the process should be up; starts it if it is down. */
  synchronized void up() {
    wanted = true;
    revive();
  }

  /** Restarts the process if it should be up and has ended by itself, and notes that. */
  synchronized void revive() {
    if (!wanted || (process != null && process.isAlive())) {
      return;
    }
    if (process != null && process.exitValue() != SIGKILL_EXIT) {
      ends.add(name + " ended by itself with " + process.exitValue());
    }
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    // Lives are short, so a quick start matters more than the last bit of speed.
    builder.environment().put("THALWEG_JVM_OPTS", "-Xmx512m -XX:TieredStopAtLevel=1");
    try {
      process = builder.start();
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot start " + name, failure);
    }
  }

  /** Kills the process with SIGKILL; it stays down until it should be up again. */
  synchronized void kill() {
    wanted = false;
    if (process == null) {
      return;
    }
    process.destroyForcibly();
    try {
      if (!process.waitFor(GONE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(name + " does not end");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends it a signal, STOP or CONT; does nothing if it is down. */
  synchronized void signal(String signal) throws IOException, InterruptedException {
    if (process == null || !process.isAlive()) {
      return;
    }
    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
  }

  /** Whether its current life has said that it is ready. */
  synchronized boolean isUp() {
    return process != null && process.isAlive();
  }

  /** How often it ended by itself, and how. */
  synchronized List<String> ends() {
    return List.copyOf(ends);
  }

  /** The last lines of its output. */
  String lastWords(int lines) {
    try {
      List<String> all = Files.readAllLines(output, StandardCharsets.UTF_8);
      return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
