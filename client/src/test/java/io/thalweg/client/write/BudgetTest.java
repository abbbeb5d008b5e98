package io.thalweg.client.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.SystemClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A limit that many threads wait for. */
@Timeout(60)
class BudgetTest {
  private static final long LONG = 30_000_000_000L;
  private final Clock clock = new SystemClock();

  @Test
  void nobodyWaitsForEverAndNobodyGetsTooMuch() {
    Budget budget = new Budget(clock, 100);
    AtomicLong held = new AtomicLong();
    AtomicLong most = new AtomicLong();
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      long bytes = 10L * i;
      threads.add(
          CompletableFuture.runAsync(
              () -> {
                for (int round = 0; round < 20_000; round++) {
                  budget.take(bytes, LONG);
                  most.accumulateAndGet(held.addAndGet(bytes), Math::max);
                  held.addAndGet(-bytes);
                  budget.giveBack(bytes);
                }
              },
              task -> new Thread(task).start()));
    }
    threads.forEach(CompletableFuture::join);
    assertThat(budget.used()).isZero();
    assertThat(most.get()).isLessThanOrEqualTo(100);
  }

  @Test
  void oneThatIsTooLargeIsTakenWhileNothingElseIs() {
    Budget budget = new Budget(clock, 100);
    budget.take(1_000, 0);
    assertThatThrownBy(() -> budget.take(1, 0))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.OVERLOADED));
    budget.giveBack(1_000);
    budget.take(1, 0);
    assertThat(budget.used()).isEqualTo(1);
  }

  @Test
  void closingEndsAllWaits() {
    Budget budget = new Budget(clock, 1);
    budget.take(1, 0);
    CompletableFuture<Void> waits =
        CompletableFuture.runAsync(() -> budget.take(1, LONG), task -> new Thread(task).start());
    budget.close();
    assertThatThrownBy(waits::join).hasMessageContaining("closed");
    assertThat(budget.used()).isEqualTo(1);
  }
}
