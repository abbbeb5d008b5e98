package io.thalweg.server.read;

import io.thalweg.runtime.meter.Gauge;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.meter.ServerMeters;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Bounds the memory of the loads from log and store that run at one time; a load larger than the
 * limit runs alone. Loads begin in the order asked for, and wait for nothing but other loads: a
 * fetch that waits here may hold memory for its answer. Owned by the server's loop.
 */
final class LoadQueue {
  private final long limit;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private final Gauge used;
  private final Gauge queue;
  private long loading;
  private boolean starting;

  private record Waiting(long bytes, Runnable start) {}

  LoadQueue(long limit, Meters meters) {
    this.limit = limit;
    this.used = meters.gauge(ServerMeters.BUDGET_USED, "load");
    this.queue = meters.gauge(ServerMeters.BUDGET_WAITING, "load");
  }

  /** Bytes of the loads under way. */
  long loading() {
    return loading;
  }

  /** Whether a load would begin at once and leave room for others, or is the only one. */
  boolean isFree(long bytes) {
    return waiting.isEmpty() && (loading == 0 || loading + bytes <= limit / 2);
  }

  /**
   * Begins a load once there is room. The caller must call {@link #ended} when the load has ended,
   * also after a failure.
   *
   * @param bytes that it takes at most
   */
  <T> CompletableFuture<T> load(long bytes, Supplier<CompletableFuture<T>> read) {
    CompletableFuture<T> result = new CompletableFuture<>();
    waiting.addLast(
        new Waiting(
            bytes,
            () -> {
              var unused =
                  read.get()
                      .whenComplete(
                          (value, failure) -> {
                            if (failure != null) {
                              result.completeExceptionally(failure);
                            } else {
                              result.complete(value);
                            }
                          });
            }));
    startMore();
    return result;
  }

  /** A load has ended, and its memory was handed over or given back. */
  void ended(long bytes) {
    loading -= bytes;
    startMore();
  }

  private void startMore() {
    if (starting) {
      return;
    }
    starting = true;
    while (!waiting.isEmpty() && (loading == 0 || loading + waiting.peek().bytes <= limit)) {
      Waiting next = waiting.remove();
      loading += next.bytes;
      next.start.run();
    }
    starting = false;
    used.set(loading);
    queue.set(waiting.size());
  }
}
