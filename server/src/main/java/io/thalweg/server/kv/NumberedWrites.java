package io.thalweg.server.kv;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Holds the writes of a bucket, in order, until there is an auto-increment number for each of their
 * rows. Owned by the rows' loop.
 */
final class NumberedWrites {
  /** Ids asked for at a time. */
  private static final int ID_BLOCK = 10_000;

  private record Waiting(UpsertRows rows, CompletableFuture<Upserted> answer) {}

  private final EventLoop loop;
  private final KvBucket.Log changelog;
  private final TableBucket bucket;
  private final AutoIds ids;
  private final long bytesMax;
  private final Function<UpsertRows, CompletableFuture<Upserted>> write;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long waitingBytes;

  /**
   * Nothing waits yet.
   *
   * @param bytesMax rows that may wait, in bytes; one write may always
   * @param write writes rows for which there are numbers
   */
  NumberedWrites(
      EventLoop loop,
      KvBucket.Log changelog,
      TableBucket bucket,
      AutoIds ids,
      long bytesMax,
      Function<UpsertRows, CompletableFuture<Upserted>> write) {
    this.loop = loop;
    this.changelog = changelog;
    this.bucket = bucket;
    this.ids = ids;
    this.bytesMax = bytesMax;
    this.write = write;
  }

  /** Whether rows have to wait: there are too few numbers, or others wait already. */
  boolean mustWait(UpsertRows rows) {
    return ids.left() < rows.keys().count() || !waiting.isEmpty();
  }

  /** Whether there is room for rows to wait. */
  boolean hasRoom(UpsertRows rows) {
    return waiting.isEmpty() || waitingBytes + rows.bytes() <= bytesMax;
  }

  /** Writes as soon as there is a number for each row that may be new, after those before it. */
  CompletableFuture<Upserted> add(UpsertRows rows) {
    Waiting mine = new Waiting(rows, new CompletableFuture<>());
    waiting.addLast(mine);
    waitingBytes += rows.bytes();
    if (waiting.size() == 1) {
      ask();
    }
    return mine.answer;
  }

  private void ask() {
    int count = Math.max(ID_BLOCK, waiting.element().rows.keys().count());
    loop.handle(
        changelog.allocateIds(bucket, count),
        (first, failure) -> {
          if (failure != null) {
            while (!waiting.isEmpty()) {
              next().answer.completeExceptionally(failure);
            }
            return;
          }
          ids.add(first, count);
          while (!waiting.isEmpty() && ids.left() >= waiting.element().rows.keys().count()) {
            Waiting each = next();
            loop.handle(
                write.apply(each.rows),
                (upserted, refusal) -> {
                  if (refusal != null) {
                    each.answer.completeExceptionally(refusal);
                  } else {
                    each.answer.complete(upserted);
                  }
                });
          }
          if (!waiting.isEmpty()) {
            ask();
          }
        });
  }

  private Waiting next() {
    Waiting next = waiting.remove();
    waitingBytes -= next.rows.bytes();
    return next;
  }
}
