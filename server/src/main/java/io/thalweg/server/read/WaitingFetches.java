package io.thalweg.server.read;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Gauge;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.meter.ServerMeters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * Keeps the fetches that wait at the end of their buckets, each for no longer than it asked for,
 * whatever else happens. Owned by the server's loop.
 */
final class WaitingFetches {
  private static final int MAX_WAITING = 100_000;

  private final EventLoop loop;
  private final Map<TableBucket, List<Waiting>> waiting = new TreeMap<>();
  private final Gauge shown;
  private int count;

  /** A fetch that waits. */
  record Waiting(
      FetchRequest request, CompletableFuture<Fetched> answer, EventLoop.Cancellable timer) {}

  WaitingFetches(EventLoop loop, Meters meters) {
    this.loop = loop;
    this.shown = meters.gauge(ServerMeters.FETCH_WAITING);
  }

  /** Keeps a fetch until it is taken; after the time that it may wait, runs {@code timeUp}. */
  void add(FetchRequest request, CompletableFuture<Fetched> answer, Runnable timeUp) {
    if (count >= MAX_WAITING) {
      throw new ThalwegException(
          ErrorCode.OVERLOADED, "too many readers wait for new records; try again shortly");
    }
    EventLoop.Cancellable timer =
        loop.schedule(
            request.waitNanos(),
            () -> {
              if (!take(request.bucket(), each -> each.answer == answer).isEmpty()) {
                timeUp.run();
              }
            });
    waiting
        .computeIfAbsent(request.bucket(), none -> new ArrayList<>())
        .add(new Waiting(request, answer, timer));
    shown.set(++count);
  }

  /** The buckets at whose ends fetches wait. */
  List<TableBucket> buckets() {
    return List.copyOf(waiting.keySet());
  }

  /** Whether a fetch waits at the end of {@code bucket}. */
  boolean any(TableBucket bucket) {
    return waiting.containsKey(bucket);
  }

  /** Removes some of a bucket's fetches, for the caller to answer. */
  List<Waiting> take(TableBucket bucket, Predicate<Waiting> which) {
    List<Waiting> there = waiting.getOrDefault(bucket, List.of());
    List<Waiting> taken = there.stream().filter(which).toList();
    if (taken.size() == there.size()) {
      waiting.remove(bucket);
    } else if (!taken.isEmpty()) {
      there.removeIf(which);
    }
    count -= taken.size();
    shown.set(count);
    taken.forEach(each -> each.timer.cancel());
    return taken;
  }

  /** Removes all. */
  List<Waiting> takeAll() {
    List<Waiting> all = new ArrayList<>();
    buckets().forEach(bucket -> all.addAll(take(bucket, each -> true)));
    return all;
  }
}
