package io.thalweg.server.kv.rows;

import io.thalweg.runtime.EventLoop;
import io.thalweg.server.meter.CacheMeters;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Counts the memory of all {@link RowTable}s of one rows loop. Chunks hold rows back to back; when
 * the {@link RowBudget} is exceeded, the oldest chunk is dropped. Its rows that are still the
 * latest of their keys are copied to a new chunk first, unless such rows fill the memory by
 * themselves. Owned by that loop.
 */
public final class RowCache {
  /** Most chunks whose latest rows one trim keeps; then it drops rows too. */
  private static final int MOST_KEPT = 32;

  private static final long NO_CHUNK = Long.MAX_VALUE;

  private final EventLoop loop;
  private final RowBudget budget;
  private final CacheMeters meters;
  private final ArrayDeque<RowChunk> oldest = new ArrayDeque<>();
  private long used;
  private long live;

  /** As much of {@link #live} as the budget knows of. */
  private long reportedLive;

  /** The age of the oldest chunk that may be dropped, as far as known; other loops read it. */
  private volatile long oldestAge = NO_CHUNK;

  /** Whether {@link #trimSoon} waits for the loop. */
  private final AtomicBoolean asked = new AtomicBoolean();

  /**
   * A cache without rows.
   *
   * @param loop owns the rows
   * @param budget shared with the caches of other loops
   */
  public RowCache(EventLoop loop, RowBudget budget, CacheMeters meters) {
    this.loop = loop;
    this.budget = budget;
    this.meters = meters;
    budget.add(this);
  }

  long used() {
    return used;
  }

  /** Any thread. */
  long oldestAge() {
    return oldestAge;
  }

  RowChunk allocate(RowTable table, long number, int length) {
    loop.assertInLoop();
    RowChunk chunk = new RowChunk(table, number, budget.nextAge(), length);
    oldest.add(chunk);
    if (oldestAge == NO_CHUNK) {
      oldestAge = chunk.age;
    }
    use(length);
    return chunk;
  }

  /** A lookup found {@code known} keys in memory and asked the store for {@code missing}. */
  void asked(int known, int missing) {
    meters.asked(known, missing);
  }

  /** A table's index takes {@code bytes} more. */
  void indexGrew(long bytes) {
    loop.assertInLoop();
    use(bytes);
  }

  /**
   * Takes {@code bytes} for a table's filter of keys, unless such filters already take much of the
   * memory.
   */
  boolean mayFilter(long bytes) {
    loop.assertInLoop();
    if (!budget.mayFilter(bytes)) {
      return false;
    }
    use(bytes);
    return true;
  }

  /** A table's filter of {@code bytes} is gone. */
  void filterEnds(long bytes) {
    budget.filterEnds(bytes);
    use(-bytes);
  }

  private void use(long bytes) {
    used += bytes;
    budget.use(bytes);
    meters.holds(used);
  }

  /** Rows that are the latest of their keys take {@code bytes} more. */
  void lives(long bytes) {
    live += bytes;
  }

  /** Gives back everything of a table. */
  void release(RowTable table, long indexBytes, long liveBytes) {
    loop.assertInLoop();
    use(-indexBytes);
    live -= liveBytes;
    oldest.removeIf(
        chunk -> {
          if (chunk.table == table) {
            use(-chunk.bytes.length);
            return true;
          }
          return false;
        });
    oldestAge = oldest.isEmpty() ? NO_CHUNK : oldest.peek().age;
    reportLive();
  }

  /** Not with each row: the budget is shared with other threads. */
  private void reportLive() {
    budget.lives(live - reportedLive);
    reportedLive = live;
  }

  /**
   * Drops the oldest chunks until the memory is within the budget, or until another cache has an
   * older one; then it has that one trimmed. Chunks with rows that the store lacks stay. Call it
   * between two requests, not within one.
   */
  void trim() {
    loop.assertInLoop();
    trimMine();
    if (budget.isExceeded()) {
      budget.trimOthers(this);
    }
  }

  /** Drops the oldest chunks while the budget is exceeded, soon. Any thread. */
  void trimSoon() {
    if (asked.compareAndSet(false, true)) {
      loop.execute(
          () -> {
            asked.set(false);
            trimMine();
          });
    }
  }

  private void trimMine() {
    reportLive();
    if (!budget.isExceeded()) {
      return;
    }
    ArrayDeque<RowChunk> staying = new ArrayDeque<>();
    for (int looked = 0; !oldest.isEmpty() && budget.isExceeded(); ) {
      RowChunk chunk = oldest.remove();
      if (!chunk.table.mayLetGo(chunk)) {
        staying.push(chunk);
        continue;
      }
      if (!budget.mustDrop(this, chunk.age)) {
        oldest.addFirst(chunk);
        break;
      }
      use(-chunk.bytes.length);
      meters.evicted();
      chunk.table.letGo(chunk, looked++ < MOST_KEPT && budget.keepsLatest());
    }
    oldestAge = oldest.isEmpty() ? NO_CHUNK : oldest.peek().age;
    staying.forEach(oldest::addFirst);
  }
}
