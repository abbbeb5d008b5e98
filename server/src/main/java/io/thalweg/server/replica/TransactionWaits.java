package io.thalweg.server.replica;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Lets callers wait for what this server learns of transactions' ends. Owned by the server's loop.
 */
public final class TransactionWaits implements Replica.Listener {
  private static final int MAX_WAITING = 100_000;

  private final EventLoop loop;
  private final List<Wait<?>> waiting = new ArrayList<>();
  private boolean closed;

  /** One who waits. */
  private record Wait<T>(
      Supplier<Optional<T>> question, CompletableFuture<T> answer, EventLoop.Cancellable timer) {
    boolean isOver() {
      if (answer.isDone()) {
        return true;
      }
      Optional<T> now;
      try {
        now = question.get();
      } catch (ThalwegException failure) {
        timer.cancel();
        answer.completeExceptionally(failure);
        return true;
      }
      now.ifPresent(
          value -> {
            timer.cancel();
            answer.complete(value);
          });
      return now.isPresent();
    }
  }

  /** Waits over {@code replica}, which it follows. */
  public TransactionWaits(EventLoop loop, Replica replica) {
    this.loop = loop;
    replica.listen(this);
  }

  /**
   * The first answer to {@code question}, which is asked now and whenever a transaction ended or
   * its end was written; what {@code atLast} gives when time is up.
   */
  public <T> CompletableFuture<T> until(
      Supplier<Optional<T>> question, Supplier<CompletableFuture<T>> atLast, long nanos) {
    loop.assertInLoop();
    CompletableFuture<T> answer = new CompletableFuture<>();
    Wait<T> wait =
        new Wait<>(
            question,
            answer,
            loop.schedule(
                nanos,
                () -> {
                  waiting.removeIf(each -> each.answer == answer);
                  end(answer, atLast.get());
                }));
    if (closed) {
      answer.completeExceptionally(closing());
    } else if (waiting.size() >= MAX_WAITING) {
      answer.completeExceptionally(
          new ThalwegException(
              ErrorCode.OVERLOADED, "too many wait for ends of transactions; try again shortly"));
    } else if (!wait.isOver()) {
      waiting.add(wait);
    }
    if (answer.isDone()) {
      wait.timer.cancel();
    }
    return answer;
  }

  private static <T> void end(CompletableFuture<T> answer, CompletableFuture<T> atLast) {
    var unused =
        atLast.whenComplete(
            (value, failure) -> {
              if (failure != null) {
                answer.completeExceptionally(EventLoop.unwrapped(failure));
              } else {
                answer.complete(value);
              }
            });
  }

  private static ThalwegException closing() {
    return new ThalwegException(ErrorCode.CLOSING, "the server is closing");
  }

  @Override
  public void applied(Command command, Reply reply) {
    switch (command.kind()) {
      case OPEN_TRANSACTIONS,
          END_TRANSACTION,
          EXPIRE_TRANSACTIONS,
          SETTLE_TRANSACTION,
          ASSIGN_OWNERS,
          DROP_TABLE,
          DROP_PARTITION ->
          jumped();
      default -> {}
    }
  }

  @Override
  public void jumped() {
    waiting.removeIf(Wait::isOver);
  }

  /** Ends all waiting. */
  public void close() {
    closed = true;
    for (Wait<?> wait : waiting) {
      wait.timer.cancel();
      wait.answer.completeExceptionally(closing());
    }
    waiting.clear();
  }
}
