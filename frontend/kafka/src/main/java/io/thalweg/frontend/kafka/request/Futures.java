package io.thalweg.frontend.kafka.request;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Joins of futures. */
final class Futures {
  private Futures() {}

  /** The results in order; fails where one fails. */
  static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
        .thenApply(
            done -> {
              List<T> results = new ArrayList<>(futures.size());
              futures.forEach(each -> results.add(each.join()));
              return results;
            });
  }
}
