package io.thalweg.benchmark.kafka;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Counts what was acknowledged and keeps the first failure. The producer's thread counts, the
 * driver's asks.
 */
final class Acknowledgements implements Callback {
  private final AtomicLong count = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  @Override
  public void onCompletion(RecordMetadata metadata, Exception failed) {
    if (failed == null) {
      count.lazySet(count.get() + 1);
    } else {
      failure.compareAndSet(null, failed);
    }
  }

  /** Throws if a record was not acknowledged. */
  void checkNoneFailed() {
    Exception first = failure.get();
    if (first != null) {
      throw new IllegalStateException("a record was not acknowledged: " + first, first);
    }
  }

  /** Throws if not exactly {@code records} were acknowledged. */
  void check(long records) {
    checkNoneFailed();
    if (count.get() != records) {
      throw new IllegalStateException(
          records + " records were sent, " + count.get() + " acknowledged");
    }
  }
}
