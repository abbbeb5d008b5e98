package io.thalweg.server;

import io.thalweg.coordinator.api.CoordinatorApi.Proposed;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Proposals on their way to the coordinator, each for as long as a test wants. One thread. */
final class HeldProposals {
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private boolean holds;

  CompletableFuture<Proposed> through(Supplier<CompletableFuture<Proposed>> proposal) {
    if (!holds) {
      return proposal.get();
    }
    CompletableFuture<Proposed> answer = new CompletableFuture<>();
    held.add(() -> send(proposal, answer));
    return answer;
  }

  private static void send(
      Supplier<CompletableFuture<Proposed>> proposal, CompletableFuture<Proposed> answer) {
    var unused =
        proposal
            .get()
            .whenComplete(
                (proposed, failure) -> {
                  if (failure == null) {
                    answer.complete(proposed);
                  } else {
                    answer.completeExceptionally(failure);
                  }
                });
  }

  /** From now on no proposal arrives. */
  void hold() {
    holds = true;
  }

  int count() {
    return held.size();
  }

  /** The oldest that is held arrives. */
  void release() {
    held.remove().run();
  }

  /** All arrive, those to come too. */
  void releaseAll() {
    holds = false;
    while (!held.isEmpty()) {
      release();
    }
  }
}
