package io.thalweg.server.kv.rows;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Makes reads of a bucket's rows wait until the rows have everything that the log had when the read
 * began. Each waits for a limited time. Owned by the bucket's rows loop.
 */
public final class WaitingReads {
  private final EventLoop loop;

  /** By the offset that the rows must reach. */
  private final TreeMap<Long, List<CompletableFuture<Void>>> waiting = new TreeMap<>();

  /** No read waits. */
  public WaitingReads(EventLoop loop) {
    this.loop = loop;
  }

  /**
   * Completes once {@link #reached} is called with {@code offset} or more; fails with {@code late}
   * after {@code waitNanos}.
   */
  public CompletableFuture<Void> add(long offset, long waitNanos, ThalwegException late) {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    waiting.computeIfAbsent(offset, none -> new ArrayList<>()).add(mine);
    EventLoop.Cancellable timer =
        loop.schedule(
            waitNanos,
            () -> {
              remove(offset, mine);
              mine.completeExceptionally(late);
            });
    return mine.whenComplete((done, failure) -> timer.cancel());
  }

  private void remove(long offset, CompletableFuture<Void> mine) {
    List<CompletableFuture<Void>> there = waiting.get(offset);
    if (there != null && there.removeIf(each -> each == mine) && there.isEmpty()) {
      waiting.remove(offset);
    }
  }

  /** The rows go up to {@code offset} now. */
  public void reached(long offset) {
    if (!waiting.isEmpty()) {
      take(offset).forEach(each -> each.complete(null));
    }
  }

  /** Fails all reads: the rows are closed. */
  public void fail(ThalwegException why) {
    take(Long.MAX_VALUE).forEach(each -> each.completeExceptionally(why));
  }

  private List<CompletableFuture<Void>> take(long offset) {
    var due = waiting.headMap(offset, true);
    List<CompletableFuture<Void>> taken = new ArrayList<>();
    due.values().forEach(taken::addAll);
    due.clear();
    return taken;
  }
}
