package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Latencies;
import io.thalweg.benchmark.measure.ProcessCounters;
import io.thalweg.benchmark.measure.ServerProcess;
import io.thalweg.client.ThalwegConnection;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Appends in a process that has run nothing before, to a server that has not either: nothing is
 * compiled yet. {@link #measure} starts the process; {@link #main} is what runs in it.
 */
public final class ColdAppend {
  private ColdAppend() {}

  /**
   * What one process measured.
   *
   * @param nanos from the first row to the last acknowledgement
   * @param driverCpu processor seconds of the process in that time
   * @param serverCpu those of the server, from the process's start to its end
   * @param wholeNanos from the process's start to its end
   * @param acks how long acknowledgements took, as text
   */
  record Result(long nanos, double driverCpu, double serverCpu, long wholeNanos, String acks) {}

  /** Runs such a process against the server. */
  static Result measure(ServerProcess server, int payloadBytes, long rows)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // A recording or an agent of this process would not take two.
      if (!option.startsWith("-XX:StartFlightRecording") && !option.startsWith("-agent")) {
        command.add(option);
      }
    }
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            ColdAppend.class.getName(),
            server.address(),
            "" + payloadBytes,
            "" + rows));
    double cpu = server.counters().cpuSeconds();
    long begin = System.nanoTime();
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    if (process.waitFor() != 0) {
      throw new IllegalStateException("the cold driver failed: " + output);
    }
    long whole = System.nanoTime() - begin;
    String[] figures = output.split(" ", 3);
    return new Result(
        Long.parseLong(figures[0]),
        Double.parseDouble(figures[1]),
        server.counters().cpuSeconds() - cpu,
        whole,
        figures[2]);
  }

  /** Takes the server's address, the payload's bytes and the rows; prints what it measured. */
  public static void main(String[] args) {
    Events events = new Events(Integer.parseInt(args[1]));
    long rows = Long.parseLong(args[2]);
    ProcessCounters own = ProcessCounters.own();
    try (ThalwegConnection connection = ThalwegConnection.connect(args[0])) {
      Events.createLog(connection, "cold");
      double cpu = own.cpuSeconds();
      long begin = System.nanoTime();
      Latencies acks = Append.rows(connection, "cold", events, rows);
      long nanos = System.nanoTime() - begin;
      double used = own.cpuSeconds() - cpu;
      Append.check(connection, "cold", rows);
      System.out.println(nanos + " " + used + " " + acks);
    }
  }
}
