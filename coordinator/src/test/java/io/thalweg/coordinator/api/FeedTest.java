package io.thalweg.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.api.CoordinatorApi.Entries;
import io.thalweg.coordinator.api.CoordinatorApi.FeedEntry;
import io.thalweg.coordinator.api.CoordinatorApi.FeedPage;
import io.thalweg.coordinator.api.CoordinatorApi.StateSnapshot;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimMeters;
import io.thalweg.runtime.sim.SimScheduler;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Pages, waits, and the answer to a follower that fell behind. */
final class FeedTest {
  private static final long SECOND = 1_000_000_000L;

  private final SimScheduler scheduler = new SimScheduler(1);
  private final SimEventLoop loop = scheduler.newLoop("coordinator");
  private final SimMeters meters = new SimMeters();
  private final byte[] snapshot = {1, 2, 3};
  private final Feed feed =
      new Feed(loop, 1_000, () -> snapshot, new CoordinatorMeters(scheduler, meters));

  private void add(long index) {
    feed.add(index, new byte[36]);
  }

  private FeedPage now(long after, int bytes) {
    CompletableFuture<FeedPage> page = feed.after(after, bytes, 0);
    assertThat(page).isDone();
    return page.join();
  }

  private static List<Long> indexes(FeedPage page) {
    assertThat(page).isInstanceOf(Entries.class);
    return ((Entries) page).entries().stream().map(FeedEntry::index).toList();
  }

  @Test
  void whoWaitsAndWhatIsKeptIsMeasured() {
    add(1);
    assertThat(meters.value(CoordinatorMeters.FEED_BYTES)).isEqualTo(100);
    CompletableFuture<FeedPage> waiting = feed.after(1, 1_000, SECOND);
    assertThat(meters.value(CoordinatorMeters.FEED_WAITING)).isEqualTo(1);
    add(2);
    assertThat(waiting).isDone();
    assertThat(meters.value(CoordinatorMeters.FEED_WAITING)).isZero();
    assertThat(meters.value(CoordinatorMeters.FEED_BYTES)).isEqualTo(200);
  }

  @Test
  void pagesEndAtTheBytesAskedForAndHoldAtLeastOneEntry() {
    add(1);
    add(4);
    add(5);
    assertThat(indexes(now(0, 1_000))).containsExactly(1L, 4L, 5L);
    assertThat(indexes(now(1, 1_000))).containsExactly(4L, 5L);
    assertThat(indexes(now(2, 1_000))).containsExactly(4L, 5L);
    assertThat(indexes(now(0, 37))).containsExactly(1L, 4L);
    assertThat(indexes(now(0, 0))).containsExactly(1L);
    assertThat(indexes(now(5, 1_000))).isEmpty();
  }

  @Test
  void whoIsFartherBehindThanIsKeptGetsTheState() {
    for (int i = 1; i <= 30; i++) {
      add(i);
    }
    assertThat(((StateSnapshot) now(0, 1_000)).state()).isEqualTo(snapshot);
    assertThat(((StateSnapshot) now(19, 1_000)).state()).isEqualTo(snapshot);
    assertThat(indexes(now(20, 10_000))).hasSize(10).startsWith(21L);
  }

  @Test
  void aWaitEndsWithTheNextEntry() {
    add(1);
    CompletableFuture<FeedPage> first = feed.after(1, 1_000, SECOND);
    CompletableFuture<FeedPage> second = feed.after(1, 1_000, 2 * SECOND);
    scheduler.runFor(SECOND / 2);
    assertThat(first).isNotDone();
    add(2);
    assertThat(indexes(first.join())).containsExactly(2L);
    assertThat(indexes(second.join())).containsExactly(2L);
    scheduler.runFor(3 * SECOND);
  }

  @Test
  void aWaitThatNothingEndsGivesAnEmptyPage() {
    CompletableFuture<FeedPage> page = feed.after(0, 1_000, SECOND);
    scheduler.runFor(SECOND - 1);
    assertThat(page).isNotDone();
    scheduler.runFor(1);
    assertThat(indexes(page.join())).isEmpty();
    add(1);
  }

  @Test
  void aRestoreWakesWhoWaitsWithTheState() {
    add(1);
    CompletableFuture<FeedPage> page = feed.after(1, 1_000, SECOND);
    feed.restart(9);
    assertThat(page.join()).isInstanceOf(StateSnapshot.class);
    assertThat(indexes(now(9, 1_000))).isEmpty();
    add(10);
    assertThat(indexes(now(9, 1_000))).containsExactly(10L);
  }
}
