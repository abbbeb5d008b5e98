package io.thalweg.frontend.kafka.request;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

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

  /** Takes the items one after the other, so that few or many ask for as much at a time. */
  static <T, R> CompletableFuture<List<R>> inTurn(
      List<T> items, Function<T, CompletableFuture<R>> step) {
    return inTurn(items.iterator(), step, new ArrayList<>(items.size()));
  }

  private static <T, R> CompletableFuture<List<R>> inTurn(
      Iterator<T> items, Function<T, CompletableFuture<R>> step, List<R> results) {
    while (items.hasNext()) {
      CompletableFuture<R> next = step.apply(items.next());
      if (!next.isDone()) {
        return next.thenCompose(
            result -> {
              results.add(result);
              return inTurn(items, step, results);
            });
      }
      if (next.isCompletedExceptionally()) {
        return next.thenApply(never -> results);
      }
      results.add(next.join());
    }
    return CompletableFuture.completedFuture(results);
  }
}
