package io.thalweg.frontend.kafka.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Connections that are not read for a while, by the end of it. One thread. */
final class Muted {
  private final Map<String, Until> ends = new HashMap<>();
  private final TreeSet<Until> order = new TreeSet<>();

  private record Until(long nanos, String id) implements Comparable<Until> {
    @Override
    public int compareTo(Until other) {
      int byTime = Long.compare(nanos, other.nanos);
      return byTime != 0 ? byTime : id.compareTo(other.id);
    }
  }

  /** Mutes a connection until then, or for as long as it is already. */
  void add(String id, long untilNanos) {
    Until before = ends.get(id);
    if (before == null || before.nanos < untilNanos) {
      remove(id);
      Until until = new Until(untilNanos, id);
      ends.put(id, until);
      order.add(until);
    }
  }

  void remove(String id) {
    Until gone = ends.remove(id);
    if (gone != null) {
      order.remove(gone);
    }
  }

  boolean has(String id) {
    return ends.containsKey(id);
  }

  /** Takes out those whose time has come. */
  List<String> due(long nowNanos) {
    List<String> due = new ArrayList<>();
    while (!order.isEmpty() && order.first().nanos <= nowNanos) {
      String id = order.first().id;
      remove(id);
      due.add(id);
    }
    return due;
  }

  /** Milliseconds until the next one is due; at most {@code most}. */
  long wait(long most, long nowNanos) {
    if (order.isEmpty()) {
      return most;
    }
    long nanos = order.first().nanos - nowNanos;
    return Math.max(0, Math.min(most, TimeUnit.NANOSECONDS.toMillis(nanos) + 1));
  }
}
