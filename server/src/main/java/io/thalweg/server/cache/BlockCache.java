package io.thalweg.server.cache;

import io.thalweg.coordinator.state.Run;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.Fetched;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs that were read back, least recently used first out. Owned by the server's loop. (A map of
 * the JDK rather than a caching library: entries are reference-counted and one thread owns them, so
 * eviction must happen on that thread and in a defined order.)
 */
public final class BlockCache implements AutoCloseable {
  private final long limit;
  private final LinkedHashMap<Key, List<Fetched.Batch>> runs = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /** A run of a bucket in one place; moved, it is another. */
  record Key(TableBucket bucket, Run run) {}

  /** A cache of at most {@code limit} bytes. */
  public BlockCache(long limit) {
    this.limit = limit;
  }

  /** The run's batches, which stay the cache's: retain what outlives this call. Null if absent. */
  public List<Fetched.Batch> get(TableBucket bucket, Run run) {
    return runs.get(new Key(bucket, run));
  }

  /** Keeps the batches of a run, whose references it takes over. */
  public void add(TableBucket bucket, Run run, List<Fetched.Batch> batches) {
    List<Fetched.Batch> before = runs.put(new Key(bucket, run), batches);
    bytes += run.length();
    if (before != null) {
      bytes -= run.length();
      release(before);
    }
    Iterator<Map.Entry<Key, List<Fetched.Batch>>> oldest = runs.entrySet().iterator();
    while (bytes > limit && runs.size() > 1) {
      Map.Entry<Key, List<Fetched.Batch>> entry = oldest.next();
      oldest.remove();
      bytes -= entry.getKey().run.length();
      release(entry.getValue());
    }
  }

  private static void release(List<Fetched.Batch> batches) {
    batches.forEach(batch -> batch.encoded().close());
  }

  /** Bytes held. */
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    runs.values().forEach(BlockCache::release);
    runs.clear();
    bytes = 0;
  }
}
