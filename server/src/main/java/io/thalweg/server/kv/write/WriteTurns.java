package io.thalweg.server.kv.write;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Lets the writes of a bucket take turns, in the order in which they came, when a write must wait:
 * a write before it waits for other buckets, or there are too few auto-increment numbers for its
 * rows. Owned by the bucket's rows loop.
 */
final class WriteTurns {
  /** Ids asked for at a time. */
  private static final int ID_BLOCK = 10_000;

  /**
   * @param ids how many numbers the write needs at most
   */
  private record Waiting(long bytes, int ids, CompletableFuture<Runnable> turn) {}

  private final EventLoop loop;
  private final OwnedLog changelog;
  private final TableBucket bucket;
  private final AutoIds ids;
  private final long bytesMax;

  /** The first one may have its turn already. */
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  private long waitingBytes;

  /** Whether the first write has its turn, or numbers were asked for: the others wait. */
  private boolean busy;

  /**
   * Nothing waits yet.
   *
   * @param ids null in a table without an auto-increment column
   * @param bytesMax most bytes of rows that wait; one write may always wait
   */
  WriteTurns(EventLoop loop, OwnedLog changelog, TableBucket bucket, AutoIds ids, long bytesMax) {
    this.loop = loop;
    this.changelog = changelog;
    this.bucket = bucket;
    this.ids = ids;
    this.bytesMax = bytesMax;
  }

  /** How many numbers a client's write needs at most. */
  int idsFor(UpsertRows rows) {
    return ids == null ? 0 : rows.keys().count();
  }

  /** Whether a write has to wait: there are too few numbers, or others wait already. */
  boolean mustWait(int wantedIds) {
    return !waiting.isEmpty() || lacks(wantedIds);
  }

  private boolean lacks(int wantedIds) {
    return wantedIds > 0 && ids.left() < wantedIds;
  }

  /** Whether there is room for a write to wait. */
  boolean hasRoom(UpsertRows rows) {
    return waiting.isEmpty() || waitingBytes + rows.bytes() <= bytesMax;
  }

  /** Runs a write when its turn comes. */
  CompletableFuture<Upserted> run(
      UpsertRows rows, int wantedIds, Supplier<CompletableFuture<Upserted>> write) {
    return take(rows, wantedIds)
        .thenCompose(
            written -> {
              try {
                return write.get();
              } finally {
                written.run();
              }
            });
  }

  /**
   * Completes once all writes before this one had their turns and there are enough numbers. The
   * next one waits until the caller has written and runs the task that it gets.
   */
  CompletableFuture<Runnable> take(UpsertRows rows, int wantedIds) {
    Waiting mine = new Waiting(rows.bytes(), wantedIds, new CompletableFuture<>());
    waiting.addLast(mine);
    waitingBytes += mine.bytes;
    advance();
    return mine.turn;
  }

  private void advance() {
    if (busy || waiting.isEmpty()) {
      return;
    }
    busy = true;
    Waiting first = waiting.element();
    if (lacks(first.ids)) {
      ask(Math.max(ID_BLOCK, first.ids));
    } else {
      first.turn.complete(
          () -> {
            remove();
            busy = false;
            loop.execute(this::advance);
          });
    }
  }

  private void ask(int count) {
    loop.handle(
        changelog.allocateIds(bucket, count),
        (first, failure) -> {
          busy = false;
          if (failure == null) {
            ids.add(first, count);
            advance();
            return;
          }
          while (!waiting.isEmpty()) {
            remove().turn.completeExceptionally(failure);
          }
        });
  }

  private Waiting remove() {
    Waiting first = waiting.remove();
    waitingBytes -= first.bytes;
    return first;
  }
}
