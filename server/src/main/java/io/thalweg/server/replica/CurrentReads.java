package io.thalweg.server.replica;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Lets many readers share one request for the current entry. Readers that arrive while a request is
 * under way wait for the next one, which goes out as soon as the first is answered. Owned by the
 * server's loop.
 */
public final class CurrentReads {
  private final Replica replica;
  private List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private boolean asking;

  /** Asks {@code replica}. */
  public CurrentReads(Replica replica) {
    this.replica = replica;
  }

  /** Like {@link Replica#current}. */
  public CompletableFuture<Void> current() {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    waiting.add(mine);
    if (!asking) {
      ask();
    }
    return mine;
  }

  private void ask() {
    List<CompletableFuture<Void>> asked = waiting;
    waiting = new ArrayList<>();
    asking = true;
    var unused =
        replica
            .current()
            .whenComplete(
                (current, failure) -> {
                  asking = false;
                  if (!waiting.isEmpty()) {
                    ask();
                  }
                  for (CompletableFuture<Void> each : asked) {
                    if (failure != null) {
                      each.completeExceptionally(failure);
                    } else {
                      each.complete(null);
                    }
                  }
                });
  }
}
