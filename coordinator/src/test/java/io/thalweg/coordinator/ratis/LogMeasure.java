package io.thalweg.coordinator.ratis;

import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.runtime.ThreadEventLoop;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/**
 * Prints latency and throughput of appends to a group of one: {@code LogMeasure DIRECTORY}. Not a
 * test; run by hand.
 */
public final class LogMeasure {
  private LogMeasure() {}

  private static final class Counter implements ReplicatedState {
    private long applied;

    @Override
    public byte[] apply(long index, ByteBuffer entry) {
      applied = index;
      return new byte[8];
    }

    @Override
    public byte[] refuse(long index, String why) {
      return apply(index, ByteBuffer.allocate(0));
    }

    @Override
    public long appliedIndex() {
      return applied;
    }

    @Override
    public byte[] snapshot() {
      return ByteBuffer.allocate(8).putLong(0, applied).array();
    }

    @Override
    public void restore(ByteBuffer snapshot) {
      applied = snapshot.getLong();
    }
  }

  /** Measures in a new directory below the one given. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(Path.of(arguments[0]), "measure");
    PrintStream out = System.out;
    try (ThreadEventLoop loop = ThreadEventLoop.logging("coordinator")) {
      long start = System.nanoTime();
      RatisMetadataLog log =
          RatisMetadataLog.open(
              TestConfigs.alone(directory.resolve("log")),
              loop,
              new Counter(),
              EntryCheck.NONE,
              TestConfigs.NO_QUERIES,
              failure -> out.println("failed: " + failure));
      log.leading().join();
      out.printf("open: %.0f ms%n", (System.nanoTime() - start) / 1e6);
      measure(out, log, 200, 64, 60_000);
      for (int round = 0; round < 2; round++) {
        measure(out, log, 200, 1, 10_000);
        measure(out, log, 200, 64, 100_000);
        measure(out, log, 64 << 10, 1, 3_000);
        measure(out, log, 64 << 10, 64, 10_000);
      }
      start = System.nanoTime();
      log.close();
      out.printf("close: %.0f ms%n", (System.nanoTime() - start) / 1e6);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(each -> each.toFile().delete());
    }
  }

  private static void measure(PrintStream out, MetadataLog log, int size, int underWay, int entries)
      throws InterruptedException {
    Semaphore permits = new Semaphore(underWay);
    long[] nanos = new long[entries];
    ByteBuffer entry = ByteBuffer.allocate(size);
    long start = System.nanoTime();
    for (int i = 0; i < entries; i++) {
      permits.acquire();
      int number = i;
      long begin = System.nanoTime();
      CompletableFuture<Outcome> append = log.append(List.of(entry));
      var unused =
          append.whenComplete(
              (value, failure) -> {
                nanos[number] = System.nanoTime() - begin;
                if (!(value instanceof MetadataLog.Committed)) {
                  out.println(value);
                }
                permits.release();
              });
    }
    permits.acquire(underWay);
    double seconds = (System.nanoTime() - start) / 1e9;
    Arrays.sort(nanos);
    out.printf(
        "%6d B, %2d under way: %7.0f/s %7.1f MB/s, p50 %.2f ms, p99 %.2f ms, max %.1f ms%n",
        size,
        underWay,
        entries / seconds,
        entries / seconds * size / 1e6,
        nanos[entries / 2] / 1e6,
        nanos[entries * 99 / 100] / 1e6,
        nanos[entries - 1] / 1e6);
  }
}
