package io.thalweg.server.kv.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Writes the rows of one request into several buckets. All buckets merge their rows before one
 * sends its changes, so that a refusal by any bucket refuses the whole write. Owned by the rows'
 * loop.
 */
public final class JointWrite {
  /** The rows for one bucket. */
  public record Part(KvBucket bucket, UpsertRows rows, CompletableFuture<Upserted> answer) {}

  private final EventLoop loop;
  private final List<Part> parts;

  /** One request, which {@link #run} writes. */
  public JointWrite(EventLoop loop, List<Part> parts) {
    this.loop = loop;
    this.parts = parts;
  }

  /** Writes; every part gets its answer, now or later. */
  public void run() {
    if (parts.stream().noneMatch(part -> part.bucket.mustAwaitNumbers(part.rows))) {
      write();
      return;
    }
    for (Part part : parts) {
      if (!part.bucket.hasRoomToWait(part.rows)) {
        fail(part.bucket.refusals().overloaded());
        return;
      }
    }
    List<CompletableFuture<Runnable>> turns =
        parts.stream().map(part -> part.bucket.numbers(part.rows)).toList();
    loop.handle(
        CompletableFuture.allOf(turns.toArray(CompletableFuture[]::new)),
        (all, failure) -> {
          if (failure != null) {
            fail(failure);
          } else {
            write();
          }
          for (CompletableFuture<Runnable> turn : turns) {
            if (!turn.isCompletedExceptionally()) {
              turn.getNow(() -> {}).run();
            }
          }
        });
  }

  private void write() {
    for (Part part : parts) {
      ThalwegException obstacle = part.bucket.obstacle(part.rows);
      if (obstacle != null) {
        fail(obstacle);
        return;
      }
    }
    List<Merged> merged = new ArrayList<>(parts.size());
    for (Part part : parts) {
      try {
        merged.add(part.bucket.merge(part.rows));
      } catch (RuntimeException | Error refusal) {
        for (int i = merged.size() - 1; i >= 0; i--) {
          parts.get(i).bucket.undo(merged.get(i));
        }
        refuse(part.bucket, refusal);
        return;
      }
    }
    for (int i = 0; i < merged.size(); i++) {
      CompletableFuture<Upserted> answer = parts.get(i).answer;
      loop.handle(
          parts.get(i).bucket.send(merged.get(i)),
          (upserted, failure) -> {
            if (failure != null) {
              answer.completeExceptionally(failure);
            } else {
              answer.complete(upserted);
            }
          });
    }
  }

  /** The bucket that refused its rows confirms that its own rows are current. */
  private void refuse(KvBucket bucket, Throwable refusal) {
    if (refusal instanceof ThalwegException found && found.code() != ErrorCode.UNAVAILABLE) {
      loop.handle(bucket.refused(found), (never, sure) -> fail(sure));
    } else {
      fail(refusal);
    }
  }

  private void fail(Throwable why) {
    parts.forEach(part -> part.answer.completeExceptionally(why));
  }
}
