package io.thalweg.client.write;

import java.util.HashMap;
import java.util.Map;

/**
 * Gives a writer's buckets small numbers, by which its arrays can be indexed: the buckets of a
 * table with many partitions have large ones. Guarded by its accumulator's monitor.
 */
final class Targets {
  /** Numbers below it stay as they are. */
  private static final int SMALL = 10_000;

  private final Map<Integer, Integer> large = new HashMap<>();

  /** The small number of a bucket. */
  int of(int bucket) {
    if (bucket < SMALL) {
      return bucket;
    }
    Integer known = large.get(bucket);
    if (known == null) {
      known = SMALL + large.size();
      large.put(bucket, known);
    }
    return known;
  }
}
