package io.thalweg.server.kv;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The loops that own the rows of primary-key tables. One loop owns the rows of a bucket for as long
 * as the server runs; the buckets of one table are spread over the loops in turn. Immutable.
 *
 * @param loops at least one; each may wait for the local disk
 */
public record RowsLoops(List<EventLoop> loops) {
  /** Keeps a copy of the list. */
  public RowsLoops {
    loops = List.copyOf(loops);
    if (loops.isEmpty()) {
      throw new IllegalArgumentException("no loop owns the rows; give at least one");
    }
  }

  /** The loop that owns the rows of a bucket. */
  public EventLoop of(TableBucket id) {
    // Small tables do not all begin on the same loop.
    int first = Long.hashCode(id.storage().value() * 0x9e3779b97f4a7c15L);
    return loops.get(Math.floorMod(first + id.bucket(), loops.size()));
  }

  /** Completes once every loop has run the tasks that it was given before. */
  public CompletableFuture<Void> drained() {
    return CompletableFuture.allOf(
        loops.stream()
            .map(loop -> CompletableFuture.runAsync(() -> {}, loop))
            .toArray(CompletableFuture[]::new));
  }
}
