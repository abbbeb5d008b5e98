package io.thalweg.benchmark.client;

import io.thalweg.benchmark.load.Keys;
import io.thalweg.benchmark.measure.Latencies;
import io.thalweg.benchmark.measure.Usage;
import io.thalweg.client.Lookuper;
import io.thalweg.client.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Lets callers look up one key after the other, each on a thread of its own; they share a lookuper.
 * Each key must have its row; of a sample it checks the payload.
 */
final class Callers {
  /** It checks the row of one lookup in so many. A power of two. */
  private static final int SAMPLE = 64;

  private final Setup setup;
  private final Events events;
  private final String table;
  private final Keys keys;

  Callers(Setup setup, Events events, String table, Keys keys) {
    this.setup = setup;
    this.events = events;
    this.table = table;
    this.keys = keys;
  }

  /**
   * What they measured.
   *
   * @param early lookups of the warm-up
   * @param counted those after it
   * @param usage what was used while they counted
   */
  record Result(Latencies early, Latencies counted, Usage usage) {}

  /** Lets so many callers work for some seconds, and counts them for some more. */
  Result run(int callers, int warmUpSeconds, int seconds) throws InterruptedException {
    long countFrom = System.nanoTime() + warmUpSeconds * 1_000_000_000L;
    long end = countFrom + seconds * 1_000_000_000L;
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Caller> all = new ArrayList<>();
    Usage usage;
    try (Lookuper lookuper = setup.connection().lookuper(table)) {
      for (int i = 0; i < callers; i++) {
        Caller caller = new Caller(lookuper, keys.drawn(500 + i), countFrom, end);
        caller.thread =
            new Thread(
                () -> {
                  try {
                    caller.call();
                  } catch (RuntimeException wrong) {
                    failure.compareAndSet(null, wrong);
                  }
                },
                "caller-" + i);
        all.add(caller);
      }
      all.forEach(caller -> caller.thread.start());
      parkUntil(countFrom);
      Usage.Begun begun = setup.begin();
      parkUntil(end);
      usage = begun.end();
      for (Caller caller : all) {
        caller.thread.join();
      }
    }
    if (failure.get() != null) {
      throw new IllegalStateException("a lookup went wrong", failure.get());
    }
    Latencies early = new Latencies();
    Latencies counted = new Latencies();
    for (Caller caller : all) {
      early.add(caller.early);
      counted.add(caller.counted);
    }
    return new Result(early, counted, usage);
  }

  private static void parkUntil(long time) {
    for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** One of them. Belongs to its thread until that has ended. */
  private final class Caller {
    private final Lookuper lookuper;
    private final LongSupplier ids;
    private final long countFrom;
    private final long end;
    private final Latencies early = new Latencies();
    private final Latencies counted = new Latencies();
    private Thread thread;

    Caller(Lookuper lookuper, LongSupplier ids, long countFrom, long end) {
      this.lookuper = lookuper;
      this.ids = ids;
      this.countFrom = countFrom;
      this.end = end;
    }

    void call() {
      long begun = System.nanoTime();
      for (long number = 0; begun < end; number++) {
        long id = ids.getAsLong();
        begun = System.nanoTime();
        Optional<Row> row = lookuper.lookup(id).join();
        (begun < countFrom ? early : counted).record(System.nanoTime() - begun);
        if ((number & (SAMPLE - 1)) == 0 || row.isEmpty()) {
          events.check(row, id);
        }
      }
    }
  }
}
