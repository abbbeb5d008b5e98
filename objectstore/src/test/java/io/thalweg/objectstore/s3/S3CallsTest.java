package io.thalweg.objectstore.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Limits and retries in virtual time. */
class S3CallsTest {
  private static final long MILLI = Duration.ofMillis(1).toNanos();

  private final SimScheduler scheduler = new SimScheduler(5);
  private final SimEventLoop loop = scheduler.newLoop("objects");
  private final List<Long> begun = new ArrayList<>();

  private S3Calls calls(int connections, int perSecond, long bytes, int attempts, int budget) {
    return new S3Calls(
        loop,
        scheduler,
        scheduler.random(),
        new S3ObjectStoreConfig.Limits(connections, 1_000, perSecond, bytes),
        new S3ObjectStoreConfig.Retry(
            attempts, budget, Duration.ofMillis(100), Duration.ofMillis(400)));
  }

  private CompletableFuture<Void> done() {
    begun.add(scheduler.nanoTime() / MILLI);
    return CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Void> failed(Kind kind) {
    begun.add(scheduler.nanoTime() / MILLI);
    return CompletableFuture.failedFuture(new ObjectStoreException(kind, "scripted"));
  }

  private static Kind kindOf(CompletableFuture<?> future) {
    assertThat(future).isCompletedExceptionally();
    return ((ObjectStoreException) future.handle((value, failure) -> failure).getNow(null)).kind();
  }

  @Test
  void requestsAreSpacedOnceASecondsWorthHasCome() {
    S3Calls calls = calls(100, 10, 1 << 20, 1, 0);
    for (int i = 0; i < 30; i++) {
      var unused = calls.change("put", 0, mayStand -> done());
    }
    scheduler.runFor(10_000 * MILLI);

    List<Long> expected = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      expected.add(i < 10 ? 0L : (i - 9) * 100L);
    }
    assertThat(begun).isEqualTo(expected);
  }

  @Test
  void afterARestASecondsWorthMayComeAtOnceAgain() {
    S3Calls calls = calls(100, 10, 1 << 20, 1, 0);
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 10; i++) {
        var unused = calls.read("get", 0, mayStand -> done());
      }
      scheduler.runFor(1_000 * MILLI);
    }
    assertThat(begun.stream().distinct()).containsExactly(0L, 1_000L, 2_000L);
    assertThat(begun).hasSize(30);
  }

  @Test
  void retriesWaitLongerEachTimeAndTakeTheirPlaceAmongTheRequests() {
    S3Calls calls = calls(100, 1_000, 1 << 20, 5, 100);
    CompletableFuture<Void> ended = calls.change("put", 0, mayStand -> failed(Kind.THROTTLED));
    scheduler.runFor(10_000 * MILLI);

    assertThat(kindOf(ended)).isEqualTo(Kind.THROTTLED);
    assertThat(begun).hasSize(5);
    long[] longest = {100, 200, 400, 400};
    for (int i = 0; i < 4; i++) {
      assertThat(begun.get(i + 1) - begun.get(i)).isBetween(longest[i] / 2, longest[i]);
    }
  }

  @Test
  void successesGiveTheBudgetBack() {
    S3Calls calls = calls(100, 100_000, 1 << 20, 2, 1);
    var first = calls.change("put", 0, mayStand -> failed(Kind.UNAVAILABLE));
    scheduler.runFor(1_000 * MILLI);
    assertThat(begun).hasSize(2);
    var second = calls.change("put", 0, mayStand -> failed(Kind.UNAVAILABLE));
    scheduler.runFor(1_000 * MILLI);
    assertThat(begun).as("the budget is spent").hasSize(3);
    for (int i = 0; i < 10; i++) {
      var unused = calls.read("get", 0, mayStand -> done());
    }
    scheduler.runFor(1_000 * MILLI);
    var third = calls.change("put", 0, mayStand -> failed(Kind.UNAVAILABLE));
    scheduler.runFor(1_000 * MILLI);
    assertThat(begun).hasSize(3 + 10 + 2);
    assertThat(List.of(kindOf(first), kindOf(second), kindOf(third)))
        .containsOnly(Kind.UNAVAILABLE);
  }

  @Test
  void callsEnterInOrderWithinNumberAndBytes() {
    S3Calls calls = calls(3, 100_000, 100, 1, 0);
    List<String> entered = new ArrayList<>();
    List<CompletableFuture<Void>> attempts = new ArrayList<>();
    long[] sizes = {60, 30, 20, 5, 500, 1};
    for (int i = 0; i < sizes.length; i++) {
      String name = "call" + i;
      var unused =
          calls.change(
              name,
              sizes[i],
              mayStand -> {
                entered.add(name);
                attempts.add(new CompletableFuture<>());
                return attempts.get(attempts.size() - 1);
              });
    }
    scheduler.runFor(MILLI);
    // The third call does not fit, and the fourth does not overtake it.
    assertThat(entered).containsExactly("call0", "call1");
    attempts.get(1).complete(null);
    scheduler.runFor(MILLI);
    assertThat(entered).containsExactly("call0", "call1", "call2", "call3");
    attempts.get(0).complete(null);
    attempts.get(2).complete(null);
    scheduler.runFor(MILLI);
    assertThat(entered).as("the large one waits until it is alone").hasSize(4);
    attempts.get(3).complete(null);
    scheduler.runFor(MILLI);
    assertThat(entered).hasSize(5);
    attempts.get(4).complete(null);
    scheduler.runFor(MILLI);
    assertThat(entered).hasSize(6);
  }

  @Test
  void aCallEndsOnlyAfterItsAttempt() {
    S3Calls calls = calls(3, 100_000, 100, 3, 100);
    CompletableFuture<Void> attempt = new CompletableFuture<>();
    CompletableFuture<Void> running = calls.change("put", 0, mayStand -> attempt);
    scheduler.runFor(MILLI);
    CompletableFuture<Void> ended = calls.close();
    scheduler.runFor(100_000 * MILLI);
    assertThat(running).isNotDone();
    assertThat(ended).isNotDone();

    attempt.completeExceptionally(new ObjectStoreException(Kind.UNKNOWN_OUTCOME, "scripted"));
    scheduler.runFor(MILLI);
    assertThat(kindOf(running)).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(ended).isDone();
  }

  @Test
  void closingRefusesWhatWaits() {
    S3Calls calls = calls(1, 100_000, 100, 3, 100);
    CompletableFuture<Void> attempt = new CompletableFuture<>();
    CompletableFuture<Void> running = calls.change("put", 0, mayStand -> attempt);
    CompletableFuture<Void> waiting = calls.change("put", 0, mayStand -> done());
    scheduler.runFor(MILLI);
    CompletableFuture<Void> ended = calls.close();
    CompletableFuture<Void> late = calls.change("put", 0, mayStand -> done());
    scheduler.runFor(MILLI);
    assertThat(kindOf(waiting)).isEqualTo(Kind.UNAVAILABLE);
    assertThat(kindOf(late)).isEqualTo(Kind.UNAVAILABLE);
    attempt.complete(null);
    scheduler.runFor(MILLI);
    assertThat(running).isCompleted();
    assertThat(ended).isDone();
    assertThat(begun).isEmpty();
  }

  @Test
  void anEarlierUnknownTryIsToldToTheNext() {
    S3Calls calls = calls(1, 100_000, 100, 3, 100);
    List<Boolean> told = new ArrayList<>();
    CompletableFuture<Void> ended =
        calls.change(
            "put",
            0,
            mayStand -> {
              told.add(mayStand);
              return failed(told.size() == 1 ? Kind.UNKNOWN_OUTCOME : Kind.UNAVAILABLE);
            });
    scheduler.runFor(10_000 * MILLI);
    assertThat(told).containsExactly(false, true, true);
    assertThat(kindOf(ended)).isEqualTo(Kind.UNKNOWN_OUTCOME);
  }
}
