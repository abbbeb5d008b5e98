package io.thalweg.node.cli.terminal;

import io.thalweg.format.error.ThalwegException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Waits for what a client does. Stateless. */
public final class Waiting {
  private Waiting() {}

  /** The future's result; throws the cluster's error. */
  public static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof ThalwegException said) {
        throw said;
      }
      throw failure;
    }
  }
}
