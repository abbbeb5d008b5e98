package io.thalweg.server.cache;

import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.meter.CacheMeters;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was read back from the object store, least recently used first out. Owned by the server's
 * loop. It has its own limit, so that readers who catch up never push out the tail.
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
   * The batches kept under {@code key}, which stay the cache's: share what outlives this call. Null
   * if absent.
   */
  public List<? extends Fetched.Batch> get(Object key) {
    Block block = meters.asked(blocks.get(key));
    return block == null ? null : block.batches;
  }

  /** Keeps batches, whose references it takes over. {@code key} never stands for others. */
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

  /** Whether batches are kept under {@code key}; asking is no use of them. */
  public boolean holds(Object key) {
    return blocks.containsKey(key);
  }

  /** Bytes that it may hold. */
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
