package io.thalweg.chaos;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Counts events by name. Synchronised. */
final class FaultCounts {
  private final Map<String, Long> counts = new TreeMap<>();

  synchronized void add(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  synchronized long of(String what) {
    return counts.getOrDefault(what, 0L);
  }

  synchronized long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public synchronized String toString() {
    StringBuilder text = new StringBuilder();
    counts.forEach(
        (what, count) -> text.append(String.format(Locale.ROOT, "%12d  %s%n", count, what)));
    return text.toString();
  }
}
