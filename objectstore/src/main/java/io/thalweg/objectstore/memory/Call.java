package io.thalweg.objectstore.memory;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** One call to the store, from its arrival on the loop to its answer. */
final class Call<T> {
  final Operation operation;
  final List<String> keys;
  final Content content;
  final Runnable admission;
  final Effect<T> effect;
  final CompletableFuture<T> future = new CompletableFuture<>();

  /**
   * Made on the caller's thread.
   *
   * @param keys that the operation is about; for a listing, its prefix
   * @param admission throws where the arguments are wrong
   */
  Call(
      Operation operation,
      List<String> keys,
      Content content,
      Runnable admission,
      Effect<T> effect) {
    this.operation = operation;
    this.keys = keys;
    this.content = content;
    this.admission = admission;
    this.effect = effect;
  }

  /** What the call does to the store and what it gives. */
  @FunctionalInterface
  interface Effect<T> {
    /**
     * Happens in one piece, on the loop.
     *
     * @param damage what bytes that are read go through on their way to the caller
     */
    T apply(UnaryOperator<byte[]> damage);
  }

  @Override
  public String toString() {
    return operation
        + " of "
        + (keys.size() == 1 ? "'" + keys.get(0) + "'" : keys.size() + " keys");
  }
}
