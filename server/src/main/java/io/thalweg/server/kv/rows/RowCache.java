package io.thalweg.server.kv.rows;

import io.thalweg.runtime.EventLoop;
import io.thalweg.server.meter.CacheMeters;
import java.util.ArrayDeque;

/**
 * Bounds the memory of all {@link RowTable}s of one rows loop. Chunks hold rows back to back; when
 * the chunks exceed the budget, the oldest is dropped. Its rows that are still the latest of their
 * keys are copied to a new chunk first, unless such rows fill the memory by themselves. Owned by
 * that loop.
 */
public final class RowCache {
  /** Most chunks whose latest rows one trim keeps; then it drops rows too. */
  private static final int MOST_KEPT = 32;

  private final EventLoop loop;
  private final long budget;
  private final CacheMeters meters;
  private final ArrayDeque<RowChunk> oldest = new ArrayDeque<>();
  private long used;
  private long live;

  /**
   * A cache without rows.
   *
   * @param loop owns the rows
   * @param budget in bytes; uncommitted rows may exceed it
   */
  public RowCache(EventLoop loop, long budget, CacheMeters meters) {
    this.loop = loop;
    this.budget = budget;
    this.meters = meters;
  }

  long used() {
    return used;
  }

  RowChunk allocate(RowTable table, long number, int length) {
    loop.assertInLoop();
    RowChunk chunk = new RowChunk(table, number, length);
    oldest.add(chunk);
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

  private void use(long bytes) {
    used += bytes;
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
  }

  /**
   * Drops the oldest chunks until the memory is within the budget. Chunks with rows that the store
   * lacks stay. Call it between two requests, not within one.
   */
  void trim() {
    loop.assertInLoop();
    ArrayDeque<RowChunk> staying = new ArrayDeque<>();
    for (int looked = 0; used > budget && !oldest.isEmpty(); ) {
      RowChunk chunk = oldest.remove();
      if (!chunk.table.mayLetGo(chunk)) {
        staying.push(chunk);
        continue;
      }
      use(-chunk.bytes.length);
      meters.evicted();
      chunk.table.letGo(chunk, looked++ < MOST_KEPT && live <= budget / 10 * 6);
    }
    staying.forEach(oldest::addFirst);
  }
}
