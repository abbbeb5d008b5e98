package io.thalweg.benchmark.measure;

import java.util.Locale;

/**
 * What a stretch of work cost the server and this process, the driver. Immutable.
 *
 * @param nanos how long it took
 * @param serverCpu processor seconds of the server
 * @param driverCpu processor seconds of the driver
 * @param written bytes that the server gave the disk to write
 */
public record Usage(long nanos, double serverCpu, double driverCpu, long written) {

  /** Counts from now on. */
  public static Begun begin(ServerProcess server) {
    ProcessCounters own = ProcessCounters.own();
    return new Begun(
        server,
        own,
        System.nanoTime(),
        server.counters().cpuSeconds(),
        own.cpuSeconds(),
        server.counters().bytesWritten());
  }

  /** The counters as they were at the beginning. Immutable. */
  public record Begun(
      ServerProcess server,
      ProcessCounters own,
      long nanos,
      double serverCpu,
      double driverCpu,
      long written) {

    /** What was used since then. */
    public Usage end() {
      return new Usage(
          System.nanoTime() - nanos,
          server.counters().cpuSeconds() - serverCpu,
          own.cpuSeconds() - driverCpu,
          server.counters().bytesWritten() - written);
    }
  }

  /** Seconds of the clock. */
  public double seconds() {
    return nanos / 1e9;
  }

  /** How many of {@code count} were done in a second. */
  public double rate(long count) {
    return count / seconds();
  }

  /** Millions of bytes a second. */
  public double megabytes(long bytes) {
    return bytes / 1e6 / seconds();
  }

  /** The server's part of one core, or of several. */
  public double serverCores() {
    return serverCpu / seconds();
  }

  /** Processor seconds for a million of {@code count}, as text. */
  public String cpu(long count) {
    return String.format(
        Locale.ROOT,
        "CPU s/M: server %.2f, driver %.2f",
        serverCpu * 1e6 / count,
        driverCpu * 1e6 / count);
  }
}
