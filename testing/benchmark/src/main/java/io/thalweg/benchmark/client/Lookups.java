package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Latencies;
import io.thalweg.benchmark.measure.Usage;
import io.thalweg.client.Lookuper;
import io.thalweg.client.Row;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * Looks rows up without waiting for each. Each key must have its row; of a sample it checks the
 * payload. One thread asks; the connection's thread takes the answers.
 */
final class Lookups {
  private static final int WINDOW = 2_000;

  /** Of one lookup in so many it checks the row and keeps the time. A power of two. */
  private static final int SAMPLE = 64;

  private final Setup setup;
  private final Events events;
  private final String table;

  Lookups(Setup setup, Events events, String table) {
    this.setup = setup;
    this.events = events;
    this.table = table;
  }

  /** Asks without waiting, up to a window of 2,000 unanswered keys; keys a second. */
  double inWindow(String what, LongSupplier keys, int seconds) throws InterruptedException {
    Semaphore window = new Semaphore(WINDOW);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Latencies latencies = new Latencies();
    Usage.Begun begun = setup.begin();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    long count = 0;
    try (Lookuper lookuper = setup.connection().lookuper(table)) {
      while (failure.get() == null) {
        boolean sampled = (count & (SAMPLE - 1)) == 0;
        if (sampled && System.nanoTime() > end) {
          break;
        }
        long id = keys.getAsLong();
        window.acquire();
        long asked = sampled ? System.nanoTime() : 0;
        var unused =
            lookuper
                .lookup(id)
                .whenComplete(
                    (row, failed) -> {
                      Throwable wrong = failed != null ? failed : wrong(row, id, sampled);
                      if (wrong != null) {
                        failure.compareAndSet(null, wrong);
                      } else if (sampled) {
                        // The connection's thread completes them all, except what fails.
                        latencies.record(System.nanoTime() - asked);
                      }
                      window.release();
                    });
        count++;
      }
      window.acquire(WINDOW);
    }
    if (failure.get() != null) {
      throw new IllegalStateException("a lookup went wrong", failure.get());
    }
    Usage usage = begun.end();
    setup
        .report()
        .say(
            "%s: %,.0f keys/s; %s; %s; resident %.0f MB",
            what, usage.rate(count), latencies, usage.cpu(count), setup.resident());
    return usage.rate(count);
  }

  /** What is wrong with an answer; null if nothing is. */
  private Throwable wrong(Optional<Row> row, long id, boolean sampled) {
    if (sampled || row.isEmpty()) {
      try {
        events.check(row, id);
      } catch (IllegalStateException wrong) {
        return wrong;
      }
    }
    return null;
  }
}
