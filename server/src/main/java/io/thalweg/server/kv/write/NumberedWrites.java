package io.thalweg.server.kv.write;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/**
 * Makes the writes of a bucket wait, in order, until there is an auto-increment number for each of
 * their rows. Owned by the rows' loop.
 */
final class NumberedWrites {
  /** Ids asked for at a time. */
  private static final int ID_BLOCK = 10_000;

  private record Waiting(UpsertRows rows, CompletableFuture<Runnable> turn) {}

  private final EventLoop loop;
  private final OwnedLog changelog;
  private final TableBucket bucket;
  private final AutoIds ids;
  private final long bytesMax;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long waitingBytes;

  /** Whether the first write has its turn, or numbers were asked for: the others wait. */
  private boolean busy;

  /**
   * Nothing waits yet.
   *
   * @param bytesMax most bytes of rows that wait; one write may always wait
   */
  NumberedWrites(
      EventLoop loop, OwnedLog changelog, TableBucket bucket, AutoIds ids, long bytesMax) {
    this.loop = loop;
    this.changelog = changelog;
    this.bucket = bucket;
    this.ids = ids;
    this.bytesMax = bytesMax;
  }

  /** Whether rows have to wait: there are too few numbers, or others wait already. */
  boolean mustWait(UpsertRows rows) {
    return ids.left() < rows.keys().count() || !waiting.isEmpty();
  }

  /** Whether there is room for rows to wait. */
  boolean hasRoom(UpsertRows rows) {
    return waiting.isEmpty() || waitingBytes + rows.bytes() <= bytesMax;
  }

  /**
   * Completes once all writes before this one had their turn and there is a number for each row
   * that may be new. The next one waits until the caller has written and runs what it gets.
   */
  CompletableFuture<Runnable> turn(UpsertRows rows) {
    Waiting mine = new Waiting(rows, new CompletableFuture<>());
    waiting.addLast(mine);
    waitingBytes += rows.bytes();
    advance();
    return mine.turn;
  }

  private void advance() {
    if (busy || waiting.isEmpty()) {
      return;
    }
    busy = true;
    Waiting first = waiting.element();
    if (ids.left() < first.rows.keys().count()) {
      ask(Math.max(ID_BLOCK, first.rows.keys().count()));
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
    waitingBytes -= first.rows.bytes();
    return first;
  }
}
