package io.thalweg.coordinator.state;

import io.thalweg.format.schema.TableBucket;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which buckets each incarnation owns: an index computed from the buckets. Owner 0 has the buckets
 * without any owner so far. Owned by the {@link ClusterState} that holds it.
 */
public final class Owners {
  private final TreeMap<Long, TreeSet<TableBucket>> byOwner = new TreeMap<>();

  /** The buckets that the incarnation owns, open or closed; unmodifiable. */
  public NavigableSet<TableBucket> of(long owner) {
    TreeSet<TableBucket> owned = byOwner.get(owner);
    return owned == null
        ? Collections.emptyNavigableSet()
        : Collections.unmodifiableNavigableSet(owned);
  }

  /** Every owner that has buckets, with them; unmodifiable. */
  public NavigableMap<Long, ? extends NavigableSet<TableBucket>> all() {
    return Collections.unmodifiableNavigableMap(byOwner);
  }

  void add(long owner, TableBucket bucket) {
    byOwner.computeIfAbsent(owner, none -> new TreeSet<>()).add(bucket);
  }

  void remove(long owner, TableBucket bucket) {
    TreeSet<TableBucket> owned = byOwner.get(owner);
    owned.remove(bucket);
    if (owned.isEmpty()) {
      byOwner.remove(owner);
    }
  }
}
