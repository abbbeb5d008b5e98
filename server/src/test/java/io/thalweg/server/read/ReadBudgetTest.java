package io.thalweg.server.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.ReadPermit;
import io.thalweg.server.api.ReadShare;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReadBudgetTest {
  private static final long LIMIT = 1_000;

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final ReadBudget budget = new ReadBudget(new Tasks(), LIMIT);

  /** Runs when the test says so. */
  private final class Tasks implements EventLoop {
    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    @Override
    public Cancellable schedule(long delayNanos, Runnable task) {
      throw new UnsupportedOperationException("nothing waits for time");
    }

    @Override
    public boolean inLoop() {
      return true;
    }
  }

  private void run() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  private CompletableFuture<ReadPermit> reserve(ReadShare share, long bytes) {
    CompletableFuture<ReadPermit> permit = share.reserve(bytes);
    run();
    return permit;
  }

  private void close(ReadPermit permit) {
    permit.close();
    run();
  }

  @Test
  void whoReadsAheadLeavesRoomForWhoHasNothing() {
    ReadShare greedy = budget.open();
    List<CompletableFuture<ReadPermit>> taken = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      taken.add(reserve(greedy, 100));
    }
    assertThat(taken.stream().filter(CompletableFuture::isDone).count()).isEqualTo(5);
    ReadShare other = budget.open();
    assertThat(reserve(other, 400)).as("while the first drains nothing").isDone();
    greedy.close();
    run();
    assertThat(taken).allMatch(CompletableFuture::isDone);
    assertThat(taken.get(19)).isCompletedExceptionally();
  }

  @Test
  void shareShrinksWithTheNumberOfStreams() {
    ReadShare one = budget.open();
    for (int i = 0; i < 4; i++) {
      budget.open();
    }
    assertThat(reserve(one, 80)).isDone();
    assertThat(reserve(one, 80)).as("a fifth of one half is 100").isNotDone();
  }

  @Test
  void thoseWhoWaitAreServedByBytes() {
    ReadShare filling = budget.open();
    ReadPermit full = reserve(filling, 500).join();
    ReadShare second = budget.open();
    ReadPermit more = reserve(second, 500).join();
    ReadPermit beyond = reserve(budget.open(), 1).join();
    ReadShare large = budget.open();
    ReadShare small = budget.open();
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      for (ReadShare each : List.of(large, small)) {
        String name = each == large ? "large" : "small";
        var unused =
            reserve(each, each == large ? 400 : 100)
                .thenAccept(
                    permit -> {
                      order.add(name);
                      permit.close();
                    });
      }
    }
    close(full);
    close(more);
    close(beyond);
    assertThat(order).containsExactly("large", "small", "small", "small", "large", "large");
  }

  @Test
  void aLargePieceIsNotPassedByWithoutEnd() {
    ReadPermit held = reserve(budget.open(), 900).join();
    ReadPermit beyond = reserve(budget.open(), 150).join();
    CompletableFuture<ReadPermit> large = reserve(budget.open(), 450);
    CompletableFuture<ReadPermit> small = reserve(budget.open(), 10);
    held.resize(700);
    run();
    assertThat(large).isNotDone();
    assertThat(small).as("there is room, but it is not its turn").isNotDone();
    close(held);
    assertThat(large).isDone();
    assertThat(small).isDone();
    close(beyond);
  }

  @Test
  void onePieceAtATimeGoesPastTheLimitHoweverLarge() {
    reserve(budget.open(), 300).join();
    ReadPermit huge = reserve(budget.open(), 5_000).join();
    CompletableFuture<ReadPermit> another = reserve(budget.open(), 5_000);
    assertThat(another).isNotDone();
    close(huge);
    assertThat(another).isDone();
  }

  @Test
  void theFirstInTurnGoesOnThoughOthersHoldEverythingForEver() {
    reserve(budget.open(), 600).join();
    reserve(budget.open(), 400).join();
    for (int i = 0; i < 10; i++) {
      CompletableFuture<ReadPermit> next = reserve(budget.open(), 100);
      assertThat(next).isDone();
      close(next.join());
    }
  }

  @Test
  void whatTakesMoreThanWasSetAsideMakesOthersWait() {
    ReadPermit grown = reserve(budget.open(), 100).join();
    grown.resize(1_200);
    ReadPermit beyond = reserve(budget.open(), 10).join();
    CompletableFuture<ReadPermit> next = reserve(budget.open(), 10);
    assertThat(next).isNotDone();
    close(grown);
    assertThat(next).isDone();
    close(beyond);
  }

  /** In any order of events nothing is lost, the limit holds, and every share is served. */
  @Test
  void anyOrderOfThings() {
    for (long seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      List<ReadShare> shares = new ArrayList<>();
      List<CompletableFuture<ReadPermit>> asked = new ArrayList<>();
      ReadBudget each = new ReadBudget(new Tasks(), LIMIT);
      for (int step = 0; step < 300; step++) {
        int roll = random.nextInt(10);
        if (shares.isEmpty() || roll == 0) {
          shares.add(each.open());
        } else if (roll == 1) {
          shares.remove(random.nextInt(shares.size())).close();
        } else if (roll < 6) {
          asked.add(
              shares.get(random.nextInt(shares.size())).reserve(1 + random.nextInt(LIMIT_HALF)));
        } else if (roll < 8 && !tasks.isEmpty()) {
          tasks.remove().run();
        } else {
          closeOne(asked, random);
        }
        assertThat(each.used()).as("seed %s", seed).isBetween(0L, LIMIT + LIMIT_HALF);
      }
      run();
      while (!asked.isEmpty()) {
        assertThat(closeOne(asked, random)).as("somebody was served; seed %s", seed).isTrue();
        run();
      }
      assertThat(each.used()).as("seed %s", seed).isZero();
    }
  }

  private static final int LIMIT_HALF = (int) (LIMIT / 2);

  private static boolean closeOne(List<CompletableFuture<ReadPermit>> asked, Random random) {
    int[] done = IntStream.range(0, asked.size()).filter(at -> asked.get(at).isDone()).toArray();
    if (done.length == 0) {
      return false;
    }
    CompletableFuture<ReadPermit> one = asked.remove(done[random.nextInt(done.length)]);
    if (!one.isCompletedExceptionally()) {
      one.join().close();
    }
    return true;
  }
}
