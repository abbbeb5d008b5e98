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
   * @param keys the keys of the operation; for a listing, its prefix
   * @param admission throws if the arguments are wrong
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

  /** The call's effect on the store and its result. */
  @FunctionalInterface
  interface Effect<T> {
    /**
     * Happens in one piece, on the loop.
     *
     * @param damage changes read bytes on their way to the caller
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
