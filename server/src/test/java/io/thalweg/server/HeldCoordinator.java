package io.thalweg.server;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.runtime.EventLoop;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A coordinator whose feed stands still while {@code held}; all other calls are answered as usual.
 *
 * @param proposals takes proposals in place of the coordinator, while a test says so: each runs
 *     once it is to reach the coordinator
 */
record HeldCoordinator(
    CoordinatorApi real, AtomicBoolean held, HeldProposals proposals, EventLoop loop)
    implements CoordinatorApi {
  private static final long AGAIN_NANOS = 10_000_000;

  @Override
  public CompletableFuture<FeedPage> feed(LogPosition after, int maxBytes, long waitNanos) {
    CompletableFuture<FeedPage> answer = new CompletableFuture<>();
    loop.handle(
        real.feed(after, maxBytes, waitNanos),
        (page, failure) -> {
          if (failure != null) {
            answer.completeExceptionally(failure);
          } else {
            deliver(page, answer);
          }
        });
    return answer;
  }

  private void deliver(FeedPage page, CompletableFuture<FeedPage> answer) {
    if (held.get()) {
      loop.schedule(AGAIN_NANOS, () -> deliver(page, answer));
    } else {
      answer.complete(page);
    }
  }

  @Override
  public CompletableFuture<Proposed> propose(Command command, List<ByteBuffer> inlinePayload) {
    return proposals.through(() -> real.propose(command, inlinePayload));
  }

  @Override
  public CompletableFuture<ReadIndex> readIndex() {
    return real.readIndex();
  }

  @Override
  public CompletableFuture<InlineRead> readInline(long index, int position, int length) {
    return real.readInline(index, position, length);
  }

  @Override
  public void close() {
    real.close();
  }
}
