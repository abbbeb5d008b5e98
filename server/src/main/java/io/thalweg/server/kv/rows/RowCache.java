package io.thalweg.server.kv.rows;

import io.thalweg.runtime.EventLoop;
import java.util.ArrayDeque;

/**
 * The memory of all {@link RowTable}s of a server. Rows are written one behind the other into
 * chunks; when they are too many, the oldest chunk goes. Its rows that are still the latest of
 * their keys are written once more, as long as such rows do not fill the memory by themselves.
 * Owned by the rows' loop.
 */
public final class RowCache {
  /** Most chunks that one trim looks through to keep their rows; then it lets rows go. */
  private static final int MOST_KEPT = 32;

  private final EventLoop loop;
  private final long budget;
  private final ArrayDeque<RowChunk> oldest = new ArrayDeque<>();
  private long used;
  private long live;

  /**
   * A cache without rows.
   *
   * @param loop the rows' loop
   * @param budget bytes; uncommitted rows may exceed it
   */
  public RowCache(EventLoop loop, long budget) {
    this.loop = loop;
    this.budget = budget;
  }

  long used() {
    return used;
  }

  RowChunk allocate(RowTable table, long number, int length) {
    loop.assertInLoop();
    RowChunk chunk = new RowChunk(table, number, length);
    oldest.add(chunk);
    used += length;
    return chunk;
  }

  /** A table's index takes so many bytes more. */
  void indexGrew(long bytes) {
    loop.assertInLoop();
    used += bytes;
  }

  /** So many bytes more are taken by rows that are the latest of their keys. */
  void lives(long bytes) {
    live += bytes;
  }

  /** Everything of a table goes. */
  void release(RowTable table, long indexBytes, long liveBytes) {
    loop.assertInLoop();
    used -= indexBytes;
    live -= liveBytes;
    oldest.removeIf(
        chunk -> {
          if (chunk.table == table) {
            used -= chunk.bytes.length;
            return true;
          }
          return false;
        });
  }

  /**
   * Comes back to the budget, as far as rows may go: chunks with rows that the store lacks stay.
   * Between two requests, not within one.
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
      used -= chunk.bytes.length;
      chunk.table.letGo(chunk, looked++ < MOST_KEPT && live <= budget / 10 * 6);
    }
    staying.forEach(oldest::addFirst);
  }
}
