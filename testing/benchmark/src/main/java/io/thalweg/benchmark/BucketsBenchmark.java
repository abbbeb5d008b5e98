package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Many buckets with little each: a table of 1,000 buckets, into which 20 connections write 5 small
 * batches a second and bucket. How many runs are there, how long do acknowledgements take, how long
 * does a restart?
 */
final class BucketsBenchmark {
  private static final String TABLE = "many";
  private static final int BUCKETS = 1_000;
  private static final int BATCHES_A_SECOND = 5 * BUCKETS;
  private static final int CONNECTIONS = 20;
  private static final int ROWS = 10;
  private static final int ROW_BYTES = 100;
  private static final int IN_FLIGHT = 64;

  /** Every so many buckets' runs are counted. */
  private static final int SAMPLE = 50;

  /**
   * The compilers of both processes are busy for so long, and what waits meanwhile is told apart;
   * at most a third of the time.
   */
  private static final int WARM_UP_SECONDS = 30;

  private final Report report;
  private final int seconds;

  BucketsBenchmark(Report report, int seconds) {
    this.report = report;
    this.seconds = seconds;
  }

  void run() throws Exception {
    try (ServerProcess server = ServerProcess.start()) {
      try (Driver driver = new Driver(server.port())) {
        driver.createTable(TABLE, Rows.COLUMNS, BUCKETS, Map.of());
        double cpu = server.cpuSeconds();
        long begin = System.nanoTime();
        List<long[]> connections = appendFromAll(server.port());
        double took = (System.nanoTime() - begin) / 1e9;
        cpu = server.cpuSeconds() - cpu;
        int warm = Math.min(WARM_UP_SECONDS, seconds / 3) * BATCHES_A_SECOND / CONNECTIONS;
        long[] first = all(connections, 0, warm);
        long[] latencies = all(connections, warm, Integer.MAX_VALUE);
        int batches = first.length + latencies.length;
        double warmP99 = Report.percentileMillis(latencies, 0.99);
        double p99 = Report.percentileMillis(all(connections, 0, Integer.MAX_VALUE), 0.99);
        double runs = runsOfABucket(driver);
        report.say(
            "%d buckets, %d connections: %,.0f batches/s of %d rows for %.0f s; acknowledged"
                + " p50 %.1f ms, p99 %.1f ms (of the warm-up %.1f ms, of all %.1f ms); %.1f runs a bucket of %d batches; server %.2f cores",
            BUCKETS,
            CONNECTIONS,
            batches / took,
            ROWS,
            took,
            Report.percentileMillis(latencies, 0.5),
            warmP99,
            Report.percentileMillis(first, 0.99),
            p99,
            runs,
            batches / BUCKETS,
            cpu / took);
        report.atMost("buckets_p99_ms", p99, 100);
        report.atMost("buckets_warm_p99_ms", warmP99, 100);
        report.atMost("buckets_runs_each", runs, 100);
      }
      idle(server);
      server.kill();
      double restart = server.launch();
      report.say("killed; ready again in %.2f s", restart);
      report.atMost("buckets_restart_s", restart, 10);
    }
  }

  /** The latencies of the batches [from, to) of each connection. */
  private static long[] all(List<long[]> connections, int from, int to) {
    return connections.stream()
        .flatMapToLong(
            each -> LongStream.of(Arrays.copyOfRange(each, from, Math.min(to, each.length))))
        .toArray();
  }

  /** The latencies of each connection's batches, in the order of sending. */
  private List<long[]> appendFromAll(int port) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    try {
      List<Callable<long[]>> connections = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        connections.add(() -> append(port));
      }
      List<long[]> all = new ArrayList<>();
      for (Future<long[]> each : threads.invokeAll(connections)) {
        all.add(each.get());
      }
      return all;
    } finally {
      threads.shutdownNow();
    }
  }

  /** One connection's part, at an even pace; what comes late is sent at once. */
  private long[] append(int port) throws InterruptedException {
    int batches = seconds * BATCHES_A_SECOND / CONNECTIONS;
    long every = 1_000_000_000L * CONNECTIONS / BATCHES_A_SECOND;
    try (Driver driver = new Driver(port);
        VectorSchemaRoot root = Rows.events(driver.allocator, ROWS, ROW_BYTES);
        Driver.Appender appender = driver.new Appender(TABLE, root, IN_FLIGHT, batches)) {
      long begin = System.nanoTime();
      for (int i = 0; i < batches; i++) {
        LockSupport.parkNanos(begin + i * every - System.nanoTime());
        appender.send();
      }
      return appender.drain();
    }
  }

  /** Runs of a bucket, on average over a sample. */
  private static double runsOfABucket(Driver driver) {
    long[] runs = new long[BUCKETS / SAMPLE];
    for (int i = 0; i < runs.length; i++) {
      runs[i] = driver.storedParts(TABLE, i * SAMPLE);
    }
    return Arrays.stream(runs).average().orElseThrow();
  }

  /** What a server does that has nothing to do any more. */
  private void idle(ServerProcess server) {
    if (!server.awaitIdle()) {
      report.say("the server was not idle within a minute");
    }
    double cpu = server.cpuSeconds();
    LockSupport.parkNanos(10_000_000_000L);
    double share = (server.cpuSeconds() - cpu) / 10;
    report.say("idle: %.1f %% of a core", 100 * share);
    report.atMost("buckets_idle_share", share, 0.05);
  }
}
