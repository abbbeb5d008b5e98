package io.thalweg.server.kv.rows;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory that the {@link RowCache}s of all rows loops use together. When that is too
 * much, the oldest chunk of all is dropped, whichever cache has it: rows that nobody writes any
 * more give way to those of a busy loop. Any thread.
 */
public final class RowBudget {
  /** What part of the budget may be exceeded while another loop is asked to drop older chunks. */
  private static final int PATIENCE = 8;

  /** What part of the budget filters of keys may take. */
  private static final int FILTERS = 4;

  private final long bytes;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong live = new AtomicLong();
  private final AtomicLong filters = new AtomicLong();
  private final AtomicLong chunks = new AtomicLong();
  private final List<RowCache> caches = new CopyOnWriteArrayList<>();

  /**
   * A budget of which nothing is used.
   *
   * @param bytes of all caches together; uncommitted rows may exceed it, and others by an eighth
   *     while the loop that has them is busy
   */
  public RowBudget(long bytes) {
    this.bytes = bytes;
  }

  void add(RowCache cache) {
    caches.add(cache);
  }

  /** One of the caches uses {@code more} bytes than before. */
  void use(long more) {
    used.addAndGet(more);
  }

  /** In one of the caches, rows that are the latest of their keys take {@code more} bytes. */
  void lives(long more) {
    live.addAndGet(more);
  }

  /** Takes {@code more} bytes for a filter of keys, if filters may have them. */
  boolean mayFilter(long more) {
    if (filters.addAndGet(more) <= bytes / FILTERS) {
      return true;
    }
    filters.addAndGet(-more);
    return false;
  }

  /** A filter of {@code less} bytes is gone. */
  void filterEnds(long less) {
    filters.addAndGet(-less);
  }

  /** The age of a new chunk; each is greater than all before it. */
  long nextAge() {
    return chunks.incrementAndGet();
  }

  /** Whether all caches together use too much. */
  boolean isExceeded() {
    return used.get() > bytes;
  }

  /**
   * Whether {@code cache} drops its chunk of that age now, or leaves it to a cache with an older.
   */
  boolean mustDrop(RowCache cache, long age) {
    if (used.get() > bytes + bytes / PATIENCE) {
      return true;
    }
    for (RowCache each : caches) {
      if (each != cache && each.oldestAge() < age) {
        return false;
      }
    }
    return true;
  }

  /** Whether dropping chunks frees memory although their latest rows are kept. */
  boolean keepsLatest() {
    return live.get() <= bytes / 10 * 6;
  }

  /** Lets the other caches drop what is older than all that {@code asking} has, on their loops. */
  void trimOthers(RowCache asking) {
    for (RowCache each : caches) {
      if (each != asking && each.oldestAge() < asking.oldestAge()) {
        each.trimSoon();
      }
    }
  }
}
