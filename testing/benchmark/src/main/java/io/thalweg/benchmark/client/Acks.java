package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Latencies;
import java.util.concurrent.CompletableFuture;

/**
 * Keeps how long acknowledgements took, and the first failure. Any thread may call: the client
 * completes most of them on its own.
 */
final class Acks {
  private final Latencies latencies = new Latencies();
  private Throwable failure;

  /** Counts from {@code since} until the acknowledgement is there. */
  void watch(CompletableFuture<?> ack, long since) {
    var unused = ack.whenComplete((done, failed) -> settled(System.nanoTime() - since, failed));
  }

  private synchronized void settled(long nanos, Throwable failed) {
    if (failed == null) {
      latencies.record(nanos);
    } else if (failure == null) {
      failure = failed;
    }
  }

  /** How many are there so far. */
  synchronized long count() {
    return latencies.count();
  }

  /** What was recorded so far; an {@link IllegalStateException} if something failed. */
  synchronized Latencies latencies() {
    if (failure != null) {
      throw new IllegalStateException("a row was not stored", failure);
    }
    Latencies copy = new Latencies();
    copy.add(latencies);
    return copy;
  }
}
