package io.thalweg.simulation.client;

import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.simulation.check.KeyHistory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;

/**
 * A table with a primary key that clients know to exist, and its few keys in use. A new key
 * replaces one with many operations, so that each history stays short.
 */
public final class KeyedTable {
  private static final int KEYS_OF_A_BUCKET = 3;

  /** Enough keys that now and then one is unused for long enough to expire. */
  private static final int KEYS_THAT_REST = 12;

  /** Leaves room for operations that are under way when a key is replaced. */
  private static final int OPERATIONS = KeyHistory.MOST_OF_A_KEY - 24;

  final TableInfo info;

  /** Whether rows with equal keys are added up. */
  final boolean sum;

  private final Workload shared;
  private final List<List<Long>> keys = new ArrayList<>();
  private long nextKey = 1;

  KeyedTable(Workload shared, TableInfo info) {
    this.shared = shared;
    this.info = info;
    this.sum = info.descriptor().properties().containsKey("table.merge-engine");
    Optional<Duration> rowTtl = TableOptions.from(info.descriptor().properties()).rowTtl();
    for (int i = 0; i < info.bucketCount(); i++) {
      TableBucket bucket = bucket(i);
      rowTtl.ifPresent(ttl -> shared.keyHistory().rowsExpire(bucket, ttl.toMillis()));
      int count = rowTtl.isPresent() ? KEYS_THAT_REST : KEYS_OF_A_BUCKET;
      keys.add(new ArrayList<>());
      while (keys.get(i).size() < count) {
        keys.get(i).add(newKey(i));
      }
    }
  }

  /** The table as the cluster knows it. */
  public TableInfo info() {
    return info;
  }

  TableBucket bucket(int number) {
    return info.bucket(number);
  }

  /** Whether the changelog has two records for an update. */
  boolean beforeImages() {
    return TableOptions.from(info.descriptor().properties()).beforeImages();
  }

  /** One of a bucket's keys in use; {@code choice} is any number from 0 on. */
  long key(int bucket, int choice) {
    List<Long> ofBucket = keys.get(bucket);
    int at = choice % ofBucket.size();
    if (shared.keyHistory().operations(bucket(bucket), ofBucket.get(at)) >= OPERATIONS) {
      ofBucket.set(at, newKey(bucket));
    }
    return ofBucket.get(at);
  }

  private long newKey(int bucket) {
    try (BufferAllocator allocator = shared.cluster().memory().newAllocator(1 << 20);
        BigIntVector key = new BigIntVector("id", allocator)) {
      key.allocateNew(1);
      key.setValueCount(1);
      do {
        key.set(0, nextKey++);
      } while (BucketFunction.MURMUR3.buckets(List.of(key), 1, info.bucketCount())[0] != bucket);
      return key.get(0);
    }
  }
}
