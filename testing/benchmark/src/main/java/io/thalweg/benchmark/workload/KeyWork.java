package io.thalweg.benchmark.workload;

import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/** Writes rows by key and looks them up. One thread. */
final class KeyWork {
  private static final RowSink CHECKED =
      (id, ts, kind, payload) -> {
        if (!RowMaker.kind(id).equals(kind) || payload.isEmpty()) {
          throw new IllegalStateException("row " + id + " has kind " + kind);
        }
      };

  private final PeerDriver driver;

  KeyWork(PeerDriver driver) {
    this.driver = driver;
  }

  /** Writes each key once, in an order without neighbours. */
  Words load(Words order) {
    KeyOrder keys = new KeyOrder(order.count("keys"));
    long[] place = {0};
    return write(order, order.count("keys"), 0, () -> keys.at(place[0]++));
  }

  /** Writes keys again, uniformly chosen. */
  Words update(Words order) {
    SplittableRandom random = new SplittableRandom(order.count("seed"));
    long keys = order.count("keys");
    return write(order, order.count("rows"), 1, () -> random.nextLong(keys));
  }

  private Words write(Words order, long rows, long version, LongSupplier ids) {
    RowMaker maker = new RowMaker((int) order.count("payload"));
    WrittenRows written = new WrittenRows();
    long begin = System.nanoTime();
    try (RowWriter writer = driver.upserter(order.text("table"))) {
      for (long i = 0; i < rows; i++) {
        long id = ids.getAsLong();
        written.add(writer.write(id, begin + i, RowMaker.kind(id), maker.payload(id, version)));
      }
      writer.flush();
      long took = System.nanoTime() - begin;
      written.check();
      return LogWork.rate(rows, took);
    }
  }

  /** Looks up keys, uniformly chosen, of which {@code window} are under way at one time. */
  Words many(Words order) {
    SplittableRandom random = new SplittableRandom(order.count("seed"));
    long keys = order.count("keys");
    long rows = order.count("rows");
    int window = (int) order.count("window");
    Semaphore free = new Semaphore(window);
    AtomicReference<Throwable> failed = new AtomicReference<>();
    long took;
    long begin = System.nanoTime();
    try (KeyReader reader = driver.keys(order.text("table"))) {
      for (long i = 0; i < rows && failed.get() == null; i++) {
        free.acquireUninterruptibly();
        var unused =
            reader
                .lookup(random.nextLong(keys), CHECKED)
                .whenComplete(
                    (done, failure) -> {
                      if (failure != null) {
                        failed.compareAndSet(null, failure);
                      }
                      free.release();
                    });
      }
      free.acquireUninterruptibly(window);
      took = System.nanoTime() - begin;
    }
    if (failed.get() != null) {
      throw new IllegalStateException("a lookup failed", failed.get());
    }
    return LogWork.rate(rows, took);
  }

  /** One lookup after the other: for {@code warm} seconds unmeasured, then for {@code seconds}. */
  Words single(Words order) {
    SplittableRandom random = new SplittableRandom(order.count("seed"));
    long keys = order.count("keys");
    long warm = (long) (order.number("warm") * 1e9);
    long end = warm + (long) (order.number("seconds") * 1e9);
    Latencies latencies = new Latencies();
    try (KeyReader reader = driver.keys(order.text("table"))) {
      long begin = System.nanoTime();
      for (long now = begin; now - begin < end; ) {
        long asked = now;
        var unused = reader.lookup(random.nextLong(keys), CHECKED).join();
        now = System.nanoTime();
        if (asked - begin >= warm) {
          latencies.add(now - asked);
        }
      }
    }
    return latencies.into(Words.of("done").with("rows", (long) latencies.count()));
  }
}
