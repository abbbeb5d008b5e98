package io.thalweg.frontend.kafka.network;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.requests.AbstractResponse;

/**
 * A request that is being handled.
 *
 * @param admitted completes once the connection's next request may be handled: what must keep the
 *     order of the requests has been done
 * @param answer any thread may complete it
 */
public record Handling(CompletableFuture<Void> admitted, CompletableFuture<Answer> answer) {
  private static final CompletableFuture<Void> AT_ONCE = CompletableFuture.completedFuture(null);

  /** A request beside which others of the connection may be handled. */
  public static Handling of(CompletableFuture<? extends AbstractResponse> response) {
    return ofAnswer(response.thenApply(Answer::of));
  }

  /** The same with an answer that may hold memory, or be none. */
  public static Handling ofAnswer(CompletableFuture<Answer> answer) {
    return new Handling(AT_ONCE, answer);
  }

  /** A request that is answered at once. */
  public static Handling of(AbstractResponse response) {
    return new Handling(AT_ONCE, CompletableFuture.completedFuture(Answer.of(response)));
  }
}
