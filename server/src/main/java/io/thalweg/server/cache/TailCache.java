package io.thalweg.server.cache;

import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.meter.CacheMeters;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The newest batches of all buckets; evicts the oldest first. Owned by the server's loop. */
public final class TailCache implements AutoCloseable {
  private final long limit;
  private final Map<TableBucket, TreeMap<Long, EncodedBatch>> buckets = new TreeMap<>();
  private final ArrayDeque<Slot> order = new ArrayDeque<>();
  private final CacheMeters meters;
  private long bytes;

  private record Slot(TableBucket bucket, long baseOffset) {}

  /** A cache of at most {@code limit} bytes, or of one batch. */
  public TailCache(long limit, Meters meters) {
    this.limit = limit;
    this.meters = new CacheMeters(meters, "tail");
  }

  /** Keeps a batch, with a reference of its own. */
  public void add(EncodedBatch batch, long baseOffset) {
    TableBucket bucket = batch.header().bucket();
    EncodedBatch before =
        buckets.computeIfAbsent(bucket, none -> new TreeMap<>()).put(baseOffset, batch.retain());
    if (before != null) {
      throw new IllegalStateException(
          "two batches begin at offset " + baseOffset + " of bucket " + bucket);
    }
    order.addLast(new Slot(bucket, baseOffset));
    bytes += batch.length();
    while (bytes > limit && order.size() > 1) {
      Slot oldest = order.removeFirst();
      remove(oldest.bucket, oldest.baseOffset);
      meters.evicted();
    }
    meters.holds(bytes);
  }

  private void remove(TableBucket bucket, long baseOffset) {
    TreeMap<Long, EncodedBatch> batches = buckets.get(bucket);
    EncodedBatch batch = batches == null ? null : batches.remove(baseOffset);
    if (batch != null) {
      bytes -= batch.length();
      batch.close();
      if (batches.isEmpty()) {
        buckets.remove(bucket);
      }
    }
  }

  /** The batch that holds {@code offset}, retained for the caller; null if the cache lacks it. */
  public Fetched.LogBatch get(TableBucket bucket, long offset) {
    return meters.asked(find(bucket, offset));
  }

  private Fetched.LogBatch find(TableBucket bucket, long offset) {
    TreeMap<Long, EncodedBatch> batches = buckets.get(bucket);
    Map.Entry<Long, EncodedBatch> floor = batches == null ? null : batches.floorEntry(offset);
    if (floor == null) {
      return null;
    }
    Fetched.LogBatch found = new Fetched.LogBatch(floor.getKey(), floor.getValue());
    if (offset >= found.endOffset()) {
      return null;
    }
    found.encoded().retain();
    return found;
  }

  /** Whether the cache has a batch that holds {@code offset}. */
  public boolean holds(TableBucket bucket, long offset) {
    TreeMap<Long, EncodedBatch> batches = buckets.get(bucket);
    Map.Entry<Long, EncodedBatch> floor = batches == null ? null : batches.floorEntry(offset);
    return floor != null && offset < floor.getKey() + floor.getValue().header().recordCount();
  }

  /** Forgets the batches of dropped tables. */
  public void retainTables(Predicate<StorageId> exists) {
    List<TableBucket> dropped = new ArrayList<>();
    buckets.keySet().stream()
        .filter(bucket -> !exists.test(bucket.storage()))
        .forEach(dropped::add);
    for (TableBucket bucket : dropped) {
      List.copyOf(buckets.get(bucket).keySet()).forEach(base -> remove(bucket, base));
    }
    order.removeIf(slot -> !exists.test(slot.bucket.storage()));
  }

  /** Bytes held. */
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    order.forEach(slot -> remove(slot.bucket, slot.baseOffset));
    order.clear();
  }
}
