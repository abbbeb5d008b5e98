package io.thalweg.server.compact;

import io.thalweg.format.schema.TableBucket;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Buckets in the order of the times at which something is due in them; each bucket is in it at most
 * once. Finding the next one costs about the same however many buckets wait. One thread at a time.
 */
final class DueQueue {
  /** The time of a bucket in which nothing becomes due by itself. */
  static final long NEVER = Long.MAX_VALUE;

  private final Map<TableBucket, Entry> entries = new HashMap<>();
  private final TreeSet<Entry> order = new TreeSet<>();

  private record Entry(long millis, TableBucket bucket) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int byTime = Long.compare(millis, other.millis);
      return byTime != 0 ? byTime : bucket.compareTo(other.bucket);
    }
  }

  /** Something is due in {@code bucket} at {@code millis}; this replaces its earlier time. */
  void set(TableBucket bucket, long millis) {
    remove(bucket);
    if (millis != NEVER) {
      Entry entry = new Entry(millis, bucket);
      entries.put(bucket, entry);
      order.add(entry);
    }
  }

  /** Nothing is due in {@code bucket}. */
  void remove(TableBucket bucket) {
    Entry before = entries.remove(bucket);
    if (before != null) {
      order.remove(before);
    }
  }

  /**
   * Takes out the bucket that has been due for longest at {@code nowMillis}; empty where none is
   * due.
   */
  Optional<TableBucket> take(long nowMillis) {
    if (order.isEmpty() || order.first().millis > nowMillis) {
      return Optional.empty();
    }
    Entry first = order.first();
    remove(first.bucket);
    return Optional.of(first.bucket);
  }

  /** How many buckets have a time. */
  int size() {
    return order.size();
  }

  /** Takes all buckets out. */
  void clear() {
    entries.clear();
    order.clear();
  }
}
