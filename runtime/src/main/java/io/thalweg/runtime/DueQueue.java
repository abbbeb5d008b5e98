package io.thalweg.runtime;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * Keys in the order of the times at which something is due for them; each key is in it at most
 * once. Finding the next one costs about the same however many wait. Times are of any one clock.
 * One thread at a time.
 */
public final class DueQueue<K extends Comparable<K>> {
  /** The time of a key for which nothing becomes due by itself. */
  public static final long NEVER = Long.MAX_VALUE;

  private final Map<K, Entry<K>> entries = new HashMap<>();
  private final TreeSet<Entry<K>> order = new TreeSet<>();

  private record Entry<K extends Comparable<K>>(long time, K key) implements Comparable<Entry<K>> {
    @Override
    public int compareTo(Entry<K> other) {
      int byTime = Long.compare(time, other.time);
      return byTime != 0 ? byTime : key.compareTo(other.key);
    }
  }

  /** Something is due for {@code key} at {@code time}; this replaces its earlier time. */
  public void set(K key, long time) {
    remove(key);
    if (time != NEVER) {
      Entry<K> entry = new Entry<>(time, key);
      entries.put(key, entry);
      order.add(entry);
    }
  }

  /** Nothing is due for {@code key}. */
  public void remove(K key) {
    Entry<K> before = entries.remove(key);
    if (before != null) {
      order.remove(before);
    }
  }

  /** When something is due for {@code key}; empty where nothing is. */
  public OptionalLong time(K key) {
    Entry<K> known = entries.get(key);
    return known == null ? OptionalLong.empty() : OptionalLong.of(known.time);
  }

  /** The earliest time; {@link #NEVER} where there is none. */
  public long next() {
    return order.isEmpty() ? NEVER : order.first().time;
  }

  /** Takes out the key that has been due for longest at {@code now}; empty where none is due. */
  public Optional<K> take(long now) {
    if (next() == NEVER || next() > now) {
      return Optional.empty();
    }
    Entry<K> first = order.first();
    remove(first.key);
    return Optional.of(first.key);
  }

  /** How many keys have a time. */
  public int size() {
    return order.size();
  }

  /** Takes all keys out. */
  public void clear() {
    entries.clear();
    order.clear();
  }
}
