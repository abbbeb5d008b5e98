package io.thalweg.objectstore.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class IoPoolTest {
  private final CountDownLatch running = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final IoPool pool = new IoPool("test", 1, 1, ended::countDown);

  private String block() throws IOException {
    running.countDown();
    try {
      if (!release.await(30, TimeUnit.SECONDS)) {
        throw new IOException("the test did not release the thread");
      }
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
    return "ran to its end";
  }

  private static Kind kindOf(CompletableFuture<?> future) {
    try {
      future.get(30, TimeUnit.SECONDS);
      throw new AssertionError("did not fail");
    } catch (ExecutionException failed) {
      return ((ObjectStoreException) failed.getCause()).kind();
    } catch (Exception other) {
      throw new AssertionError(other);
    }
  }

  @Test
  void aCallThatFindsTheQueueFullIsThrottled() throws Exception {
    CompletableFuture<String> first = pool.submit("first", this::block);
    assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<String> waiting = pool.submit("second", () -> "second");
    CompletableFuture<String> refused = pool.submit("third", () -> "third");

    assertThat(refused).isCompletedExceptionally();
    assertThat(kindOf(refused)).isEqualTo(Kind.THROTTLED);
    assertThatThrownBy(refused::get).hasMessageContainingAll("third", "1 calls");

    release.countDown();
    assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo("ran to its end");
    assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo("second");
    pool.close();
  }

  @Test
  void closeFailsWhatWaitsAndLetsTheRunningCallEnd() throws Exception {
    CompletableFuture<String> first = pool.submit("first", this::block);
    assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<String> waiting = pool.submit("second", () -> "second");
    // Runs within close, on this thread, before it waits for the running call.
    CompletableFuture<Void> released =
        waiting.handle(
            (value, failure) -> {
              release.countDown();
              return null;
            });

    pool.close();

    assertThat(released).isCompleted();
    assertThat(kindOf(waiting)).isEqualTo(Kind.UNAVAILABLE);
    assertThat(first).isCompletedWithValue("ran to its end");
    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(kindOf(pool.submit("late", () -> "late"))).isEqualTo(Kind.UNAVAILABLE);
  }

  @Test
  void aCallOfThePoolMayCloseIt() throws Exception {
    CompletableFuture<String> closing =
        pool.submit(
            "closing",
            () -> {
              pool.close();
              return "closed";
            });

    assertThat(closing.get(5, TimeUnit.SECONDS)).isEqualTo("closed");
    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void workThatFailsInAnUnforeseenWayHasAnUnknownOutcome() {
    assertThat(
            kindOf(
                pool.submit(
                    "put",
                    () -> {
                      throw new IllegalStateException("a bug");
                    })))
        .isEqualTo(Kind.UNKNOWN_OUTCOME);
    pool.close();
  }
}
