package io.thalweg.server.kv;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.write.KvBucket;
import io.thalweg.server.replica.Replica;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Passes reads on to the rows of the buckets that this server owns. A read waits a little for rows
 * that are being opened. Owned by the server's loop; it touches the rows of a bucket on the
 * bucket's rows loop.
 */
final class RowsAccess {
  private static final int MAX_WAITING = 10_000;

  private final EventLoop loop;
  private final Replica replica;
  private final Ownership ownership;
  private final Map<TableBucket, OwnedBucket> owned;
  private final long waitNanos;

  /**
   * Access to {@code owned}, which its owner keeps up to date.
   *
   * @param waitNanos how long a read waits for rows that are being opened
   */
  RowsAccess(
      ServerContext context,
      Ownership ownership,
      Map<TableBucket, OwnedBucket> owned,
      long waitNanos) {
    this.loop = context.loop();
    this.replica = context.replica();
    this.ownership = ownership;
    this.owned = owned;
    this.waitNanos = waitNanos;
  }

  /** Runs work on the rows of a bucket; fails where this server has lost it. */
  <T> CompletableFuture<T> onOwned(TableBucket id, Function<KvBucket, CompletableFuture<T>> work) {
    OwnedBucket mine = owned.get(id);
    return mine == null
        ? CompletableFuture.failedFuture(
            new IllegalStateException("bucket " + id.bucket() + " was lost"))
        : onRows(mine.table(), id, work);
  }

  /**
   * Reads committed rows, once they go up to the end of the log that this server knows now. If the
   * rows are opened anew meanwhile, the read waits for them once more.
   */
  <T> CompletableFuture<T> read(TableInfo table, TableBucket id, Function<KvBucket, T> work) {
    long end = replica.state().bucket(id).map(bucket -> bucket.log().endOffset()).orElse(0L);
    Function<KvBucket, CompletableFuture<T>> once =
        bucket -> bucket.reaches(end).thenApply(reached -> work.apply(bucket));
    CompletableFuture<T> answer = new CompletableFuture<>();
    OwnedBucket first = owned.get(id);
    var unused =
        onRows(table, id, once)
            .whenComplete(
                (value, failure) -> {
                  if (failure == null) {
                    answer.complete(value);
                  } else {
                    loop.execute(() -> readAgain(table, first, once, answer, failure));
                  }
                });
    return answer;
  }

  private <T> void readAgain(
      TableInfo table,
      OwnedBucket first,
      Function<KvBucket, CompletableFuture<T>> read,
      CompletableFuture<T> answer,
      Throwable failure) {
    OwnedBucket now = first == null ? null : owned.get(first.id());
    if (now != null && now != first && now.epoch() == first.epoch()) {
      loop.handle(onRows(table, first.id(), read), into(answer));
    } else {
      answer.completeExceptionally(failure);
    }
  }

  private static <T> BiConsumer<T, Throwable> into(CompletableFuture<T> answer) {
    return (value, failure) -> {
      if (failure != null) {
        answer.completeExceptionally(failure);
      } else {
        answer.complete(value);
      }
    };
  }

  private <T> CompletableFuture<T> onRows(
      TableInfo table, TableBucket id, Function<KvBucket, CompletableFuture<T>> work) {
    loop.assertInLoop();
    OwnedBucket mine = owned.get(id);
    if (mine == null) {
      return notOwned(table, id);
    }
    if (mine.rows().isEmpty()) {
      return onceOpen(mine, work);
    }
    KvBucket bucket = mine.rows().get();
    CompletableFuture<T> answer = new CompletableFuture<>();
    mine.rowsLoop()
        .execute(
            () -> {
              CompletableFuture<T> working;
              try {
                working = work.apply(bucket);
              } catch (RuntimeException failure) {
                answer.completeExceptionally(failure);
                return;
              }
              var unused =
                  working.whenComplete(
                      (value, failure) -> {
                        if (failure != null) {
                          answer.completeExceptionally(failure);
                        } else {
                          answer.complete(value);
                        }
                      });
            });
    return answer;
  }

  /** Waits a little for rows that are being opened; those of a new table are open very soon. */
  private <T> CompletableFuture<T> onceOpen(
      OwnedBucket mine, Function<KvBucket, CompletableFuture<T>> work) {
    ThalwegException late =
        new ThalwegException(
            ErrorCode.UNAVAILABLE,
            "the rows of bucket "
                + mine.table().numberOf(mine.id()).orElse(mine.id().bucket())
                + " of "
                + mine.table().path()
                + " are being restored; try again shortly");
    if (mine.waitingCount() >= MAX_WAITING) {
      return CompletableFuture.failedFuture(late);
    }
    CompletableFuture<T> answer = new CompletableFuture<>();
    EventLoop.Cancellable timer =
        loop.schedule(waitNanos, () -> answer.completeExceptionally(late));
    mine.await(
        () -> {
          timer.cancel();
          if (!answer.isDone()) {
            loop.handle(
                onRows(mine.table(), mine.id(), work),
                (value, failure) -> {
                  if (failure != null) {
                    answer.completeExceptionally(failure);
                  } else {
                    answer.complete(value);
                  }
                });
          }
        });
    return answer;
  }

  private <T> CompletableFuture<T> notOwned(TableInfo table, TableBucket id) {
    if (replica.state().bucket(id).isPresent()) {
      return CompletableFuture.failedFuture(ownership.staleOwner(table, id));
    }
    // The table was dropped, or this server has not heard of it yet.
    return replica
        .current()
        .thenCompose(current -> CompletableFuture.failedFuture(ownership.staleOwner(table, id)));
  }
}
