package io.thalweg.server.read;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.cache.BlockCache;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Decides which blocks are loaded before their reader asks for them: the next blocks of a reader
 * that continues where its last answer ended. Blocks that were loaded so and not yet asked for take
 * at most half of the block cache. Owned by the server's loop.
 */
final class Prefetch {
  /** How many blocks after an answer are looked at. */
  static final int BLOCKS = 2;

  private static final int MAX_PLACES = 1_000;
  private static final int MAX_UNUSED = 1_000;

  private final BlockCache blocks;
  private final Map<Place, Boolean> places =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Boolean> eldest) {
          return size() > MAX_PLACES;
        }
      };
  private final Map<Object, Long> unused = new LinkedHashMap<>();
  private long unusedBytes;
  private long begun;
  private long useful;

  /** Where an answer from objects ended. */
  private record Place(TableBucket bucket, long offset) {}

  Prefetch(BlockCache blocks) {
    this.blocks = blocks;
  }

  /** Blocks that were loaded before they were asked for. */
  long begun() {
    return begun;
  }

  /** Those of them that were asked for later. */
  long useful() {
    return useful;
  }

  /**
   * An answer gave records from objects, from {@code from} up to {@code to}. Returns whether it
   * continued an earlier one.
   */
  boolean answered(TableBucket bucket, long from, long to) {
    boolean continued = places.remove(new Place(bucket, from)) != null;
    places.put(new Place(bucket, to), true);
    return continued;
  }

  /** Whether the block may be loaded now; then it counts until {@link #used}. */
  boolean begin(BatchSources.Missing missing) {
    if (!hasRoom(missing.kept())) {
      forgetEvicted();
    }
    if (unused.containsKey(missing.key()) || !hasRoom(missing.kept())) {
      return false;
    }
    begun++;
    if (missing.kept() > 0) {
      unused.put(missing.key(), missing.kept());
      unusedBytes += missing.kept();
    }
    return true;
  }

  private boolean hasRoom(long bytes) {
    return unused.size() < MAX_UNUSED && unusedBytes + bytes <= blocks.limit() / 2;
  }

  private void forgetEvicted() {
    unused
        .entrySet()
        .removeIf(
            each -> {
              boolean gone = !blocks.holds(each.getKey());
              unusedBytes -= gone ? each.getValue() : 0;
              return gone;
            });
  }

  /** A reader asked for the block. */
  void used(Object key) {
    Long bytes = unused.remove(key);
    if (bytes != null) {
      unusedBytes -= bytes;
      useful++;
    }
  }

  /** The block was not loaded. */
  void failed(Object key) {
    Long bytes = unused.remove(key);
    unusedBytes -= bytes == null ? 0 : bytes;
  }
}
