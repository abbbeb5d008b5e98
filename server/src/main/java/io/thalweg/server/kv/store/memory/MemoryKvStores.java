package io.thalweg.server.kv.store.memory;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStores;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeSet;

/** One process's use of a {@link MemoryKvDisk}. One thread at a time. */
public final class MemoryKvStores implements KvStores {
  private final MemoryKvDisk disk;
  private final long crashesBefore;
  private final Set<TableBucket> inUse = new TreeSet<>();
  private boolean closed;

  /** For one process; the next one makes its own on the same disk. */
  public MemoryKvStores(MemoryKvDisk disk) {
    this.disk = disk;
    this.crashesBefore = disk.crashes();
  }

  @Override
  public void belongTo(String history) {
    checkAlive();
    if (!inUse.isEmpty()) {
      throw new IllegalStateException("say whose rows these are before they are opened");
    }
    if (!history.equals(disk.history)) {
      disk.buckets.clear();
      disk.history = history;
    }
  }

  @Override
  public KvStore open(TableBucket bucket) {
    take(bucket);
    return new MemoryKvStore(
        this, bucket, disk.buckets.computeIfAbsent(bucket, absent -> new MemoryRows()));
  }

  @Override
  public KvRestore restore(TableBucket bucket) {
    take(bucket);
    return new MemoryKvRestore(this, bucket);
  }

  @Override
  public boolean drop(TableBucket bucket) {
    checkAlive();
    if (inUse.contains(bucket)) {
      return false;
    }
    disk.buckets.remove(bucket);
    return true;
  }

  @Override
  public Set<TableBucket> local() {
    checkAlive();
    return new TreeSet<>(disk.buckets.keySet());
  }

  @Override
  public void close() {
    if (isDead() || closed) {
      return;
    }
    if (!inUse.isEmpty()) {
      throw new IllegalStateException("close the stores and restores of " + inUse + " first");
    }
    closed = true;
  }

  /** Replaces the bucket's rows with restored ones; the bucket is in use already. */
  MemoryKvStore replace(TableBucket bucket, NavigableMap<byte[], byte[]> rows, long offset) {
    MemoryRows restored = new MemoryRows(rows, offset);
    disk.buckets.put(bucket, restored);
    return new MemoryKvStore(this, bucket, restored);
  }

  void release(TableBucket bucket) {
    inUse.remove(bucket);
  }

  /** Whether the process died since. Closing what it still holds has no effect. */
  boolean isDead() {
    return disk.crashes() != crashesBefore;
  }

  void checkAlive() {
    if (isDead()) {
      throw new IllegalStateException("the process that opened this has crashed; open it again");
    }
    if (closed) {
      throw new IllegalStateException("the stores are closed");
    }
  }

  private void take(TableBucket bucket) {
    checkAlive();
    if (!inUse.add(bucket)) {
      throw new IllegalStateException(
          "bucket %s is open or being restored; close that first".formatted(bucket));
    }
  }
}
