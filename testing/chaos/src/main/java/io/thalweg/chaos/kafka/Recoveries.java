package io.thalweg.chaos.kafka;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures how long a group needs after the death of the server that coordinates it: until each of
 * its members has partitions, has polled records of them, and has committed its positions, in a
 * round of these that began after the death. Synchronised.
 */
final class Recoveries {
  private final int members;
  private final List<Long> measured = new ArrayList<>();
  private final Map<String, Long> sinceDeath = new HashMap<>();
  private long diedNanos;
  private boolean measuring;
  private long interrupted;

  Recoveries(int members) {
    this.members = members;
  }

  /** Notes the death; one that was not recovered from yet counts as interrupted. */
  synchronized void died(long nowNanos) {
    if (measuring) {
      interrupted++;
    }
    measuring = true;
    diedNanos = nowNanos;
    sinceDeath.clear();
  }

  /** Notes that a member began at {@code beganNanos} to poll, and has just committed. */
  synchronized void progressed(String member, long beganNanos, long nowNanos) {
    if (!measuring || beganNanos - diedNanos < 0) {
      return;
    }
    sinceDeath.putIfAbsent(member, nowNanos - diedNanos);
    if (sinceDeath.size() == members) {
      measuring = false;
      measured.add(sinceDeath.values().stream().mapToLong(Long::longValue).max().orElseThrow());
    }
  }

  /** Whether the group has recovered from the last death. */
  synchronized boolean recovered() {
    return !measuring;
  }

  /** How long each recovery took. */
  synchronized List<Long> nanos() {
    return List.copyOf(measured);
  }

  /** Adds those of another round. */
  synchronized void add(Recoveries other) {
    measured.addAll(other.nanos());
    interrupted += other.interrupted();
  }

  synchronized long interrupted() {
    return interrupted;
  }

  @Override
  public synchronized String toString() {
    if (measured.isEmpty()) {
      return "none measured, " + interrupted + " interrupted by the next death";
    }
    List<Long> sorted = measured.stream().sorted().toList();
    return String.format(
        Locale.ROOT,
        "%d: p50 %.1f s, max %.1f s; %d interrupted by the next death",
        sorted.size(),
        sorted.get(sorted.size() / 2) / 1e9,
        sorted.get(sorted.size() - 1) / 1e9,
        interrupted);
  }
}
