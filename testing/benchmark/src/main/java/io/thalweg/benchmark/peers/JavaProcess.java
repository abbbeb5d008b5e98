package io.thalweg.benchmark.peers;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Java program in a process of its own, with its log in a file. One thread. */
public final class JavaProcess implements AutoCloseable {
  private static final int LINES_SHOWN = 15;
  private static final int KILL_SECONDS = 20;
  private static final int STOP_SECONDS = 60;

  private final Process process;
  private final Path log;

  private JavaProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
    // Nobody closes what is under way when the benchmark is told to end.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "end"));
  }

  /**
   * What to run.
   *
   * @param name of the log file
   * @param heap most memory for objects, as in {@code 2g}
   * @param jars a class path
   * @param arguments the main class and what it gets; properties of the JVM come before it
   */
  public record Program(String name, String heap, String jars, List<String> arguments) {
    /** Copies the list. */
    public Program {
      arguments = List.copyOf(arguments);
    }
  }

  /** Starts a program whose whole output goes into its log. */
  static JavaProcess start(Program program, Path directory) throws IOException {
    Path log = directory.resolve(program.name() + ".log");
    return new JavaProcess(
        builder(program)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start(),
        log);
  }

  /** Starts a program that we talk to; what it prints as an error goes into its log. */
  static JavaProcess startTalking(Program program, Path directory) throws IOException {
    Path log = directory.resolve(program.name() + ".log");
    return new JavaProcess(builder(program).redirectError(log.toFile()).start(), log);
  }

  private static ProcessBuilder builder(Program program) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Arrow's Java needs it, on every side.
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    // Of those that log by slf4j-simple.
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    command.addAll(List.of("-Xmx" + program.heap(), "-cp", program.jars()));
    command.addAll(program.arguments());
    return new ProcessBuilder(command);
  }

  /** The jars of a directory as a class path. */
  static String jars(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new IllegalStateException(
          directory + " is missing; start with ./benchmark peers or kafka");
    }
    return directory + File.separator + "*";
  }

  Process process() {
    return process;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Processor time used so far. */
  double cpuSeconds() {
    return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  /** The end of the log. */
  String lastWords() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
  }

  /** Asks the program to end and waits until it has. */
  void stop() {
    process.destroy();
    awaitEnd(STOP_SECONDS);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    awaitEnd(KILL_SECONDS);
  }

  private void awaitEnd(int seconds) {
    try {
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        throw new IllegalStateException("process " + process.pid() + " does not end");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
