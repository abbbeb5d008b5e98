package io.thalweg.server.kv.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The part of a {@link JointWrite} that goes to buckets of one rows loop. Owned by that loop; the
 * futures may be read by any thread.
 */
final class JointShare {
  private final JointWrite write;
  private final EventLoop loop;
  private final List<JointWrite.Part> parts;
  private final List<Merged> merged;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private List<CompletableFuture<Runnable>> turns = List.of();

  /** A share that {@link #begin} merges on {@code loop}. */
  JointShare(JointWrite write, EventLoop loop, List<JointWrite.Part> parts) {
    this.write = write;
    this.loop = loop;
    this.parts = parts;
    this.merged = new ArrayList<>(parts.size());
  }

  EventLoop loop() {
    return loop;
  }

  /** Completes once all rows are merged; fails where a bucket refuses its rows. */
  CompletableFuture<Void> ready() {
    return ready;
  }

  /**
   * Merges, and sends once all shares are ready.
   *
   * @param others whether there are shares of other loops
   */
  void begin(CompletableFuture<Void> all, boolean others) {
    try {
      if (others || parts.stream().anyMatch(JointShare::mustWait)) {
        takeTurns(all);
      } else {
        merge(all);
      }
    } catch (RuntimeException | Error failure) {
      write.fail(failure);
      ready.completeExceptionally(failure);
    }
  }

  private static boolean mustWait(JointWrite.Part part) {
    WriteTurns turns = part.bucket().turns();
    return turns.mustWait(turns.idsFor(part.rows()));
  }

  private static CompletableFuture<Runnable> takeTurn(JointWrite.Part part) {
    WriteTurns turns = part.bucket().turns();
    return turns.take(part.rows(), turns.idsFor(part.rows()));
  }

  private void takeTurns(CompletableFuture<Void> all) {
    for (JointWrite.Part part : parts) {
      if (!part.bucket().turns().hasRoom(part.rows())) {
        refuse(part.bucket(), part.bucket().refusals().overloaded());
        return;
      }
    }
    turns = parts.stream().map(JointShare::takeTurn).toList();
    CompletableFuture<Void> turn = CompletableFuture.allOf(turns.toArray(CompletableFuture[]::new));
    if (turn.isDone() && !turn.isCompletedExceptionally()) {
      merge(all);
      return;
    }
    loop.handle(
        turn,
        (taken, failure) -> {
          if (failure == null) {
            merge(all);
          } else {
            refuse(parts.get(0).bucket(), failure);
          }
        });
  }

  private void merge(CompletableFuture<Void> all) {
    for (JointWrite.Part part : parts) {
      ThalwegException obstacle = part.bucket().obstacle(part.rows());
      if (obstacle != null) {
        refuse(part.bucket(), obstacle);
        return;
      }
    }
    for (JointWrite.Part part : parts) {
      try {
        merged.add(part.bucket().merge(part.rows()));
      } catch (RuntimeException | Error refusal) {
        refuse(part.bucket(), refusal);
        return;
      }
    }
    ready.complete(null);
    if (all.isDone()) {
      decide(!all.isCompletedExceptionally());
    } else {
      loop.handle(all, (ok, failure) -> decide(failure == null));
    }
  }

  private void decide(boolean send) {
    if (send) {
      send();
    } else {
      undo();
    }
    giveTurnsBack();
  }

  private void send() {
    for (int i = 0; i < merged.size(); i++) {
      CompletableFuture<Upserted> answer = parts.get(i).answer();
      loop.handle(
          parts.get(i).bucket().send(merged.get(i)),
          (upserted, failure) -> {
            if (failure != null) {
              answer.completeExceptionally(failure);
            } else {
              answer.complete(upserted);
            }
          });
    }
  }

  private void undo() {
    for (int i = merged.size() - 1; i >= 0; i--) {
      parts.get(i).bucket().undo(merged.get(i));
    }
  }

  private void giveTurnsBack() {
    for (CompletableFuture<Runnable> turn : turns) {
      if (!turn.isCompletedExceptionally()) {
        turn.getNow(() -> {}).run();
      }
    }
  }

  /**
   * Refuses the whole write. If the bucket refuses the rows for their content, it first confirms
   * that its own rows are current.
   */
  private void refuse(KvBucket bucket, Throwable refusal) {
    undo();
    giveTurnsBack();
    ready.completeExceptionally(refusal);
    if (refusal instanceof ThalwegException found && found.code() != ErrorCode.UNAVAILABLE) {
      loop.handle(bucket.refused(found), (never, sure) -> write.fail(sure));
    } else {
      write.fail(refusal);
    }
  }
}
