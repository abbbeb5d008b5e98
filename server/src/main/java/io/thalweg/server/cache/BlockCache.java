package io.thalweg.server.cache;

import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.meter.CacheMeters;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Batches read back from the object store; evicts the least recently used first. Owned by the
 * server's loop. It has its own limit, so that readers of old records never push out the tail.
 */
public final class BlockCache implements AutoCloseable {
  private final long limit;
  private final LinkedHashMap<Object, Block> blocks = new LinkedHashMap<>(16, 0.75f, true);
  private final CacheMeters meters;
  private long bytes;

  private record Block(List<? extends Fetched.Batch> batches, long bytes) {
    void close() {
      batches.forEach(Fetched.Batch::close);
    }
  }

  /** A cache of at most {@code limit} bytes. */
  public BlockCache(long limit, Meters meters) {
    this.limit = limit;
    this.meters = new CacheMeters(meters, "block");
  }

  /**
   * The batches under {@code key}; null if absent. They belong to the cache, so share those that
   * must outlive this call.
   */
  public List<? extends Fetched.Batch> get(Object key) {
    Block block = meters.asked(blocks.get(key));
    return block == null ? null : block.batches;
  }

  /** Keeps batches, and takes over their references. {@code key} never names other batches. */
  public void add(Object key, List<? extends Fetched.Batch> batches) {
    Block block = new Block(batches, batches.stream().mapToLong(Fetched.Batch::bytes).sum());
    Block before = blocks.put(key, block);
    bytes += block.bytes;
    if (before != null) {
      bytes -= before.bytes;
      before.close();
    }
    Iterator<Map.Entry<Object, Block>> oldest = blocks.entrySet().iterator();
    while (bytes > limit && blocks.size() > 1) {
      Block out = oldest.next().getValue();
      oldest.remove();
      bytes -= out.bytes;
      out.close();
      meters.evicted();
    }
    meters.holds(bytes);
  }

  /** Whether the cache has batches under {@code key}; this call does not count as a use. */
  public boolean holds(Object key) {
    return blocks.containsKey(key);
  }

  /** Most bytes of the cache. */
  public long limit() {
    return limit;
  }

  /** Bytes held. */
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    blocks.values().forEach(Block::close);
    blocks.clear();
    bytes = 0;
    meters.holds(0);
  }
}
