package io.thalweg.server.kv.rows;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory that the {@link RowCache}s of all rows loops use together. A cache may use what
 * the others leave. When all together use too much, each cache above its equal share drops rows.
 * Any thread.
 */
public final class RowBudget {
  private final long bytes;
  private final AtomicLong used = new AtomicLong();
  private final List<RowCache> caches = new CopyOnWriteArrayList<>();

  /**
   * A budget of which nothing is used.
   *
   * @param bytes of all caches together; uncommitted rows may exceed it
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

  /** Whether all caches together use too much. */
  boolean isExceeded() {
    return used.get() > bytes;
  }

  /** What each cache may use whatever the others do. */
  long share() {
    return bytes / caches.size();
  }

  /** What a cache may use that uses {@code mine} now: its share, or what the others leave. */
  long room(long mine) {
    return Math.max(share(), bytes - (used.get() - mine));
  }

  /** Lets the other caches drop what they use above their share, each on its own loop. */
  void trimOthers(RowCache asking) {
    for (RowCache cache : caches) {
      if (cache != asking) {
        cache.trimSoon();
      }
    }
  }
}
