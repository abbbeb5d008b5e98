package io.thalweg.benchmark.client;

import io.thalweg.benchmark.load.Keys;
import io.thalweg.benchmark.load.OpenLoop;
import io.thalweg.benchmark.measure.Usage;
import io.thalweg.client.TableUpsertWriter;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Updates rows at a fixed rate, far below the fastest, while one follower reads the changelog row
 * by row. The main thread writes; the follower has a thread and a connection.
 */
final class ChangelogFollow {
  private static final int PER_SECOND = 1_000;
  private static final int WARM_UP_SECONDS = 2;
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final Setup setup;
  private final Events events;
  private final String table;

  ChangelogFollow(Setup setup, Events events, String table) {
    this.setup = setup;
    this.events = events;
    this.table = table;
  }

  void run(Keys keys, int seconds) throws InterruptedException {
    LongSupplier ids = keys.drawn(600);
    Acks acks = new Acks();
    Usage usage;
    long updates;
    try (Follower follower =
        new Follower(setup.server().address(), table, true, Position.Named.LATEST)) {
      Usage.Begun begun = setup.begin();
      long warmUps = (long) WARM_UP_SECONDS * PER_SECOND;
      try (TableUpsertWriter writer = setup.connection().upsertWriter(table)) {
        updates =
            OpenLoop.run(
                PER_SECOND,
                warmUps + (long) seconds * PER_SECOND,
                (number, due) -> {
                  if (number == warmUps) {
                    follower.countFrom(due);
                  }
                  long id = ids.getAsLong();
                  CompletableFuture<AppendAck> ack =
                      writer.upsert(id, due, events.kind(id), events.payload(id));
                  if (number >= warmUps) {
                    acks.watch(ack, due);
                  }
                });
      }
      usage = begun.end();
      long end = System.nanoTime() + PATIENCE_NANOS;
      while (follower.received() < updates && System.nanoTime() < end) {
        LockSupport.parkNanos(10_000_000);
      }
      follower.end();
      setup
          .report()
          .say(
              "changelog followed row by row, %,d updates/s: delivered %s; ack %s; server %.2f cores%s",
              PER_SECOND,
              follower.counted(),
              acks.latencies(),
              usage.serverCores(),
              follower.received() == updates
                  ? ""
                  : String.format(
                      "; the follower has %,d updates of %,d", follower.received(), updates));
    }
  }
}
