package io.thalweg.coordinator.state;

import io.thalweg.format.schema.TableBucket;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Counts the idempotent writers that all buckets remember together, and knows which bucket has the
 * one that was idle longest. One thread at a time.
 */
final class WriterMemory {
  private final Map<TableBucket, Entry> entries = new TreeMap<>();
  private final TreeSet<Entry> longestIdle = new TreeSet<>();
  private int count;

  /** What one bucket remembers. */
  private record Entry(long oldestMillis, TableBucket bucket, int count)
      implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int byTime = Long.compare(oldestMillis, other.oldestMillis);
      return byTime != 0 ? byTime : bucket.compareTo(other.bucket);
    }
  }

  /** How many writers all buckets remember; one that writes to several counts in each. */
  int count() {
    return count;
  }

  /** The writers of a bucket are these now. */
  void set(TableBucket bucket, BucketWriters writers) {
    remove(bucket);
    if (writers.count() > 0) {
      Entry entry = new Entry(writers.oldestMillis(), bucket, writers.count());
      entries.put(bucket, entry);
      longestIdle.add(entry);
      count += entry.count;
    }
  }

  /** The bucket is gone. */
  void remove(TableBucket bucket) {
    Entry before = entries.remove(bucket);
    if (before != null) {
      longestIdle.remove(before);
      count -= before.count;
    }
  }

  /**
   * The bucket with the writer that was idle longest, but for the only writer of {@code except};
   * null if there is no other.
   */
  TableBucket longestIdle(TableBucket except) {
    for (Entry entry : longestIdle) {
      if (entry.count > 1 || !entry.bucket.equals(except)) {
        return entry.bucket;
      }
    }
    return null;
  }
}
