package io.thalweg.benchmark.measure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Reads what the kernel counts of one process. Linux only. Immutable; any thread. */
public final class ProcessCounters {
  private final ProcessHandle process;

  /** The counters of a process that runs. */
  public ProcessCounters(ProcessHandle process) {
    this.process = process;
  }

  /** The counters of this process. */
  public static ProcessCounters own() {
    return new ProcessCounters(ProcessHandle.current());
  }

  /** Resident memory, in MB. */
  public double residentMegabytes() {
    return number("status", "VmRSS") / 1024.0;
  }

  /** Bytes that the process has read so far, from files and sockets. */
  public long bytesRead() {
    return number("io", "rchar");
  }

  /** Bytes that the process has given the disk to write so far. A disk in memory counts none. */
  public long bytesWritten() {
    return number("io", "write_bytes");
  }

  /** Processor time used so far, in seconds. The kernel counts it in hundredths. */
  public double cpuSeconds() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
  }

  private long number(String file, String name) {
    Path path = Path.of("/proc/" + process.pid() + "/" + file);
    try {
      return Files.readAllLines(path).stream()
          .filter(line -> line.startsWith(name + ":"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }
}
