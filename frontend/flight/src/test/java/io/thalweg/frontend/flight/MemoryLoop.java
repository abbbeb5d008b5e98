package io.thalweg.frontend.flight;

import io.thalweg.runtime.ThreadEventLoop;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** The one thread that the state of a server in memory belongs to. Any thread may call. */
final class MemoryLoop {
  private final ThreadEventLoop loop = ThreadEventLoop.logging("memory-server");

  /** Runs a task on the loop and gives what it gives. */
  <T> CompletableFuture<T> call(Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loop.execute(
        () -> {
          try {
            result.complete(task.call());
          } catch (Exception failure) {
            result.completeExceptionally(failure);
          }
        });
    return result;
  }

  void execute(Runnable task) {
    loop.execute(task);
  }

  ThreadEventLoop loop() {
    return loop;
  }

  void close() {
    loop.close();
  }
}
