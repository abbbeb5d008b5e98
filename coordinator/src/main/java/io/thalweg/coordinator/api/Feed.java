package io.thalweg.coordinator.api;

import io.thalweg.coordinator.api.CoordinatorApi.Entries;
import io.thalweg.coordinator.api.CoordinatorApi.FeedEntry;
import io.thalweg.coordinator.api.CoordinatorApi.FeedPage;
import io.thalweg.coordinator.api.CoordinatorApi.StateSnapshot;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The last applied commands and the followers that wait for the next one. Owned by the
 * coordinator's event loop.
 */
final class Feed {
  private static final int MAX_WAITING = 10_000;

  /** About the memory that an entry takes besides its bytes. */
  private static final int ENTRY_OVERHEAD = 64;

  private final EventLoop loop;
  private final long maxBytes;
  private final Supplier<byte[]> snapshot;
  private final CoordinatorMeters meters;
  private final ArrayDeque<FeedEntry> entries = new ArrayDeque<>();
  private List<Waiting> waiting = new ArrayList<>();
  private long bytes;
  private long coveredFrom;
  private long last;

  private record Waiting(
      long after, int maxBytes, CompletableFuture<FeedPage> page, EventLoop.Cancellable timer) {}

  Feed(EventLoop loop, long maxBytes, Supplier<byte[]> snapshot, CoordinatorMeters meters) {
    this.meters = meters;
    this.loop = loop;
    this.maxBytes = maxBytes;
    this.snapshot = snapshot;
  }

  void restart(long appliedIndex) {
    entries.clear();
    bytes = 0;
    coveredFrom = appliedIndex;
    last = appliedIndex;
    wake();
  }

  void add(long index, byte[] command) {
    entries.addLast(new FeedEntry(index, command));
    bytes += command.length + ENTRY_OVERHEAD;
    last = index;
    while (bytes > maxBytes && entries.size() > 1) {
      FeedEntry oldest = entries.removeFirst();
      bytes -= oldest.command().length + ENTRY_OVERHEAD;
      coveredFrom = oldest.index();
    }
    wake();
  }

  private void wake() {
    if (waiting.isEmpty()) {
      meters.feed(0, bytes);
      return;
    }
    List<Waiting> woken = waiting;
    waiting = new ArrayList<>();
    meters.feed(0, bytes);
    for (Waiting each : woken) {
      each.timer.cancel();
      each.page.complete(page(each.after, each.maxBytes));
    }
  }

  CompletableFuture<FeedPage> after(long index, int wanted, long waitNanos) {
    if (index < last || waitNanos <= 0 || waiting.size() >= MAX_WAITING) {
      return CompletableFuture.completedFuture(page(index, wanted));
    }
    CompletableFuture<FeedPage> page = new CompletableFuture<>();
    EventLoop.Cancellable timer =
        loop.schedule(
            waitNanos,
            () -> {
              waiting.removeIf(each -> each.page == page);
              meters.feed(waiting.size(), bytes);
              page.complete(new Entries(List.of()));
            });
    waiting.add(new Waiting(index, wanted, page, timer));
    meters.feed(waiting.size(), bytes);
    return page;
  }

  private FeedPage page(long after, int wanted) {
    if (after < coveredFrom) {
      return new StateSnapshot(snapshot.get());
    }
    List<FeedEntry> page = new ArrayList<>();
    long size = 0;
    // Followers are near the end: walk back from there to the first entry they lack.
    ArrayDeque<FeedEntry> missing = new ArrayDeque<>();
    var newestFirst = entries.descendingIterator();
    while (newestFirst.hasNext()) {
      FeedEntry entry = newestFirst.next();
      if (entry.index() <= after) {
        break;
      }
      missing.addFirst(entry);
    }
    for (FeedEntry entry : missing) {
      if (size >= wanted && !page.isEmpty()) {
        break;
      }
      page.add(entry);
      size += entry.command().length;
    }
    return new Entries(page);
  }
}
