package io.thalweg.benchmark.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Watches the acknowledgement of one row in a thousand: more would be work that most programs do
 * not do. Whoever writes also counts the rows afterwards. One thread.
 */
final class WrittenRows {
  private static final int ONE_IN = 1_000;

  private final List<Future<?>> watched = new ArrayList<>();
  private long rows;

  void add(Future<?> written) {
    if (rows++ % ONE_IN == 0) {
      watched.add(written);
    }
  }

  /** Fails if a watched row was not acknowledged. */
  void check() {
    for (Future<?> each : watched) {
      try {
        var unused = each.get();
      } catch (ExecutionException refused) {
        throw new IllegalStateException("a row was not written", refused.getCause());
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", interrupted);
      }
    }
  }
}
