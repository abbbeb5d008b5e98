package io.thalweg.server.kv.store.memory;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.RandomSource;
import java.util.TreeMap;

/**
 * The state that outlives the process whose {@link MemoryKvStores} use it. One thread at a time.
 */
public final class MemoryKvDisk {
  /** By bucket, in order. */
  final TreeMap<TableBucket, MemoryRows> buckets = new TreeMap<>();

  /** The history of the cluster that the rows belong to; empty until it is set. */
  String history = "";

  private final RandomSource random;
  private long crashes;

  /**
   * An empty disk.
   *
   * @param random decides how much a crash loses
   */
  public MemoryKvDisk(RandomSource random) {
    this.random = random;
  }

  /**
   * The process dies: every bucket goes back, each for itself, to some offset that it had within
   * its last {@value MemoryRows#MAX_UNFLUSHED} writes. Stores, views, checkpoints and restores of
   * that process can no longer be used.
   */
  public void crash() {
    crashes++;
    for (MemoryRows rows : buckets.values()) {
      rows.loseLast(random.nextInt(rows.unflushed() + 1));
      rows.flush();
    }
  }

  /** The process dies and the disk is replaced by an empty one. */
  public void lose() {
    crashes++;
    buckets.clear();
    history = "";
  }

  long crashes() {
    return crashes;
  }
}
