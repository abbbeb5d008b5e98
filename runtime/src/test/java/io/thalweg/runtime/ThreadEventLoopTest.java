package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class ThreadEventLoopTest {
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final ThreadEventLoop loop = new ThreadEventLoop("loop", failures::add);

  @AfterEach
  void close() {
    loop.close();
    assertThat(failures).isEmpty();
  }

  /** Waits until the loop has run everything that it was given before. */
  private void await() {
    CompletableFuture.runAsync(() -> {}, loop).join();
  }

  @Test
  void tasksRunOneAtATimeInTheOrderGiven() {
    List<Integer> ran = new ArrayList<>();
    IntStream.range(0, 10_000).forEach(i -> loop.execute(() -> ran.add(i)));
    await();
    assertThat(ran).isEqualTo(IntStream.range(0, 10_000).boxed().toList());
    assertThat(loop.inLoop()).isFalse();
    assertThat(CompletableFuture.supplyAsync(loop::inLoop, loop).join()).isTrue();
  }

  @Test
  void timersRunOnTheLoopNotBeforeTheirTime() {
    long began = System.nanoTime();
    CompletableFuture<Boolean> ran = new CompletableFuture<>();
    loop.schedule(Duration.ofMillis(20).toNanos(), () -> ran.complete(loop.inLoop()));
    assertThat(ran.join()).isTrue();
    assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(20_000_000);
  }

  @Test
  void aCancelledTimerDoesNotRunEvenIfItIsDue() {
    CountDownLatch due = new CountDownLatch(1);
    List<String> ran = new ArrayList<>();
    loop.execute(
        () -> {
          // Both become due while this task runs; so both wait behind it when one is cancelled.
          EventLoop.Cancellable first = loop.schedule(0, () -> ran.add("first"));
          loop.schedule(0, due::countDown);
          loop.schedule(0, () -> ran.add("last"));
          first.cancel();
          first.cancel();
        });
    awaitQuietly(due);
    CompletableFuture<Void> after = new CompletableFuture<>();
    loop.schedule(1, () -> after.complete(null));
    after.join();
    assertThat(ran).containsExactly("last");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  @Test
  void aTaskThatFailsIsReportedAndTheNextOneRuns() {
    loop.execute(
        () -> {
          throw new IllegalStateException("wrong");
        });
    await();
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0)).hasMessage("wrong");
    failures.clear();
  }

  @Test
  void aTaskThatLeavesItsInterruptDoesNotEndTheLoop() {
    CountDownLatch both = new CountDownLatch(1);
    CompletableFuture<Boolean> next = new CompletableFuture<>();
    loop.execute(() -> awaitQuietly(both));
    loop.execute(() -> Thread.currentThread().interrupt());
    loop.execute(() -> next.complete(Thread.currentThread().isInterrupted()));
    both.countDown();
    assertThat(next.join()).isFalse();
    CompletableFuture<Void> timer = new CompletableFuture<>();
    loop.schedule(0, () -> timer.complete(null));
    timer.join();
  }

  @Test
  void closeDropsWhatWaitsAndInterruptsWhatRuns() {
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    loop.execute(
        () -> {
          running.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException ended) {
            interrupted.complete(true);
          }
        });
    List<String> ran = new CopyOnWriteArrayList<>();
    loop.execute(() -> ran.add("waiting"));
    loop.schedule(Duration.ofDays(1).toNanos(), () -> ran.add("timer"));
    awaitQuietly(running);
    loop.close();
    assertThat(interrupted).isCompletedWithValue(true);
    loop.execute(() -> ran.add("late"));
    loop.schedule(0, () -> ran.add("late timer")).cancel();
    loop.close();
    assertThat(ran).isEmpty();
  }
}
