package io.thalweg.benchmark.workload;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes rows at a given rate while a reader follows. Each row carries the time at which it was
 * due, so a row that its writer could only hand over late counts as late. Two threads: the caller's
 * writes, one of its own reads.
 */
final class TailWork {
  private static final Duration WAIT = Duration.ofMillis(10);
  private static final long GRACE_SECONDS = 60;

  private final PeerDriver driver;

  TailWork(PeerDriver driver) {
    this.driver = driver;
  }

  /** Rows for {@code warm} seconds unmeasured, then for {@code seconds}. */
  Words run(Words order) {
    long perSecond = order.count("per_second");
    long unmeasured = (long) (order.number("warm") * perSecond);
    long rows = unmeasured + (long) (order.number("seconds") * perSecond);
    RowMaker maker = new RowMaker((int) order.count("payload"));
    try (RowReader reader = driver.follower(order.text("table"), List.of("id", "ts", "payload"));
        RowWriter writer = driver.appender(order.text("table"))) {
      CompletableFuture<Latencies> read = new CompletableFuture<>();
      Thread follower = new Thread(() -> follow(reader, unmeasured, rows, read), "follower");
      follower.setDaemon(true);
      follower.start();
      WrittenRows written = new WrittenRows();
      long begin = System.nanoTime() + 100_000_000L;
      for (long id = 0; id < rows && !read.isCompletedExceptionally(); id++) {
        long due = begin + id * 1_000_000_000L / perSecond;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        written.add(writer.write(id, due, RowMaker.kind(id), maker.payload(id, 0)));
      }
      long took = System.nanoTime() - begin;
      writer.flush();
      written.check();
      return awaited(read).into(LogWork.rate(rows, took));
    }
  }

  private static Latencies awaited(CompletableFuture<Latencies> read) {
    try {
      return read.orTimeout(GRACE_SECONDS, TimeUnit.SECONDS).join();
    } catch (RuntimeException failed) {
      throw failed.getCause() instanceof TimeoutException
          ? new IllegalStateException("rows are missing " + GRACE_SECONDS + " s after the last")
          : failed;
    }
  }

  private static void follow(
      RowReader reader, long unmeasured, long rows, CompletableFuture<Latencies> read) {
    Latencies latencies = new Latencies();
    long[] seen = {0};
    try {
      while (seen[0] < rows && !read.isDone()) {
        reader.poll(
            WAIT,
            (id, ts, kind, payload) -> {
              seen[0]++;
              if (id >= unmeasured) {
                latencies.add(System.nanoTime() - ts);
              }
            });
      }
      if (seen[0] > rows) {
        throw new IllegalStateException(rows + " rows were written, " + seen[0] + " read");
      }
      read.complete(latencies);
    } catch (RuntimeException failure) {
      read.completeExceptionally(failure);
    }
  }
}
