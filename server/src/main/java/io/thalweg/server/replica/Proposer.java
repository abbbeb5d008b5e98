package io.thalweg.server.replica;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Proposes single commands (not group commits) and waits until this server's replica has them, so
 * that the caller sees their effect here. Owned by the server's loop.
 */
public final class Proposer {
  private final EventLoop loop;
  private final CoordinatorApi coordinator;
  private final Replica replica;
  private final long timeoutNanos;

  /** Proposes through {@code coordinator}; an answer may take {@code timeoutNanos}. */
  public Proposer(EventLoop loop, CoordinatorApi coordinator, Replica replica, long timeoutNanos) {
    this.loop = loop;
    this.coordinator = coordinator;
    this.replica = replica;
    this.timeoutNanos = timeoutNanos;
  }

  /**
   * The reply, once the command is applied here. A refusal fails with its code; UNAVAILABLE means
   * that the command had no effect, UNKNOWN_OUTCOME that it may have one.
   */
  public CompletableFuture<Reply> propose(Command command) {
    loop.assertInLoop();
    CompletableFuture<Reply> answer = new CompletableFuture<>();
    EventLoop.Cancellable timer =
        loop.schedule(
            timeoutNanos, () -> answer.completeExceptionally(unknown("no answer came in time")));
    loop.handle(
        coordinator.propose(command, List.of()),
        (proposed, failure) -> {
          if (proposed instanceof CoordinatorApi.Unfit unfit) {
            timer.cancel();
            answer.completeExceptionally(
                new ThalwegException(
                    unfit.code(), "the request cannot be carried out: " + unfit.reason()));
          } else if (!(proposed instanceof CoordinatorApi.Applied applied)) {
            timer.cancel();
            answer.completeExceptionally(
                proposed instanceof CoordinatorApi.Rejected rejected
                    ? new ThalwegException(
                        ErrorCode.UNAVAILABLE,
                        "the coordinator did not take it: " + rejected.reason())
                    : unknown(proposed == null ? String.valueOf(failure) : proposed.toString()));
          } else if (applied.reply() instanceof Reply.Refused refused) {
            timer.cancel();
            answer.completeExceptionally(new ThalwegException(refused.code(), refused.message()));
          } else {
            loop.handle(
                replica.applied(applied.index()),
                (here, never) -> {
                  timer.cancel();
                  answer.complete(applied.reply());
                });
          }
        });
    return answer;
  }

  private static ThalwegException unknown(String why) {
    return new ThalwegException(
        ErrorCode.UNKNOWN_OUTCOME, "it may or may not have happened: " + why);
  }
}
