package io.thalweg.client.route;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Waits for what a {@link Routing} answers on its loop. Any thread but that loop's. */
public final class OwnerLinks {
  private static final long FIRST_BACKOFF_NANOS = 10_000_000L;
  private static final long MAX_BACKOFF_NANOS = 1_000_000_000L;

  private final Routing routing;
  private final EventLoop loop;

  /** Asks the routing of {@code access}. */
  public OwnerLinks(TableAccess access) {
    this.routing = access.routing();
    this.loop = access.loop();
  }

  /** The server of a bucket, as far as the client knows. */
  public ServerLink server(int bucket) {
    CompletableFuture<ServerLink> owner = new CompletableFuture<>();
    loop.execute(() -> owner.complete(routing.server(bucket)));
    return owner.join();
  }

  /** Asks the servers for the owners again. */
  public void refresh() {
    CompletableFuture<Void> refreshed = new CompletableFuture<>();
    loop.execute(() -> routing.refresh(() -> refreshed.complete(null)));
    refreshed.join();
  }

  /** Waits before a new attempt, longer after each: {@code attempt} counts from 0. */
  public static void pause(int attempt) {
    try {
      TimeUnit.NANOSECONDS.sleep(
          Math.min(MAX_BACKOFF_NANOS, FIRST_BACKOFF_NANOS << Math.min(attempt, 10)));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new ThalwegException(ErrorCode.CLOSING, "interrupted while waiting", interrupted);
    }
  }
}
