package io.thalweg.frontend.kafka.quota;

import io.thalweg.format.quota.QuotaKey;
import io.thalweg.format.quota.QuotaTable.Bound;
import io.thalweg.frontend.kafka.network.ClientRequest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.ThrottlingQuotaExceededException;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * The partitions that one request makes or drops (KIP-599). A client that knows the error is
 * refused while there is debt; another one is served, and waits afterwards. Any thread.
 */
public final class Mutations {
  /** The versions from which on a request's client knows the error. */
  private static final Map<ApiKeys, Integer> STRICT =
      Map.of(ApiKeys.CREATE_TOPICS, 6, ApiKeys.CREATE_PARTITIONS, 3, ApiKeys.DELETE_TOPICS, 5);

  private final ClientQuotas quotas;
  private final Optional<Bound> bound;
  private final boolean strict;
  private long delayNanos;

  Mutations(ClientQuotas quotas, Optional<Bound> bound, ClientRequest request) {
    this.quotas = quotas;
    this.bound = bound;
    this.strict = request.version() >= STRICT.get(request.body().apiKey());
  }

  /**
   * Does {@code work} if the quota allows so many partitions more. Work that fails has used nothing
   * up.
   */
  public <T> CompletableFuture<T> within(int partitions, Supplier<CompletableFuture<T>> work) {
    if (bound.isEmpty()) {
      return work.get();
    }
    long delay = quotas.take(bound.get(), partitions, strict);
    late(delay);
    if (strict && delay > 0) {
      return CompletableFuture.failedFuture(
          new ThrottlingQuotaExceededException(
              (int) TimeUnit.NANOSECONDS.toMillis(delay),
              "%s is %s and used up; try again in %d ms"
                  .formatted(
                      QuotaKey.CONTROLLER_MUTATION_RATE.text(),
                      bound.get().perSecond(),
                      TimeUnit.NANOSECONDS.toMillis(delay) + 1)));
    }
    return work.get()
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                quotas.giveBack(bound.get(), partitions);
              }
            });
  }

  private synchronized void late(long delay) {
    delayNanos = Math.max(delayNanos, delay);
  }

  /** For how long the client is to wait after the answer. Asked once. */
  public synchronized int delayMillis() {
    return quotas.mutationMillis(delayNanos);
  }
}
