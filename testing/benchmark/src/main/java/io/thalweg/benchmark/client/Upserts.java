package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Latencies;
import io.thalweg.benchmark.measure.RateWindows;
import io.thalweg.benchmark.measure.Usage;
import io.thalweg.client.TableUpsertWriter;
import io.thalweg.format.json.AppendAck;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/** Upserts rows one by one as fast as the writer takes them. One thread. */
final class Upserts {
  /**
   * At one row in so many it looks at the clock and watches the acknowledgement. A power of two.
   */
  private static final int SAMPLE = 256;

  private final Setup setup;
  private final Events events;
  private final String table;

  Upserts(Setup setup, Events events, String table) {
    this.setup = setup;
    this.events = events;
    this.table = table;
  }

  /**
   * Upserts so many keys, but for no longer than some time, and waits for all acknowledgements.
   *
   * @param what begins the report's line
   * @return rows a second
   */
  double run(String what, LongSupplier keys, long most, long mostNanos) {
    Acks acks = new Acks();
    Usage.Begun begun = setup.begin();
    RateWindows windows = new RateWindows(setup.report(), what, setup.server());
    long begin = System.nanoTime();
    long count = 0;
    try (TableUpsertWriter writer = setup.connection().upsertWriter(table)) {
      for (; count < most; count++) {
        boolean watched = (count & (SAMPLE - 1)) == 0;
        if (watched) {
          windows.done(acks.count() * SAMPLE);
          if (System.nanoTime() - begin > mostNanos) {
            break;
          }
        }
        long id = keys.getAsLong();
        CompletableFuture<AppendAck> ack =
            writer.upsert(id, count, events.kind(id), events.payload(id));
        if (watched) {
          acks.watch(ack, System.nanoTime());
        }
      }
      writer.flush().join();
      windows.done(count);
    }
    Usage usage = begun.end();
    Latencies latencies = acks.latencies();
    setup
        .report()
        .say(
            "%s: %,d rows, %,.0f rows/s, %.0f MB/s; ack %s; %s; %.2f bytes written per byte; resident %.0f MB",
            what,
            count,
            usage.rate(count),
            usage.megabytes(count * events.rowBytes()),
            latencies,
            usage.cpu(count),
            (double) usage.written() / (count * events.rowBytes()),
            setup.resident());
    windows.say();
    return usage.rate(count);
  }
}
