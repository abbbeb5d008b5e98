package io.thalweg.chaos.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The offsets that transactions commit for groups, and the answers to those who ask for a group's
 * offset. Within a partition of a group, later transactions commit greater offsets. Its times are
 * those of whoever records. One thread.
 */
final class OffsetCommits {
  /** No offset. */
  static final long NONE = -1;

  private final Map<String, Place> places = new TreeMap<>();

  /** One partition of one group. */
  static final class Place {
    final List<Commit> commits = new ArrayList<>();
    final List<Lookup> lookups = new ArrayList<>();
    Lookup last;
  }

  /** An offset that a transaction commits together with records of these values. */
  static final class Commit {
    final long offset;
    final List<Long> values;
    long askedNanos = Long.MAX_VALUE;
    long committedNanos = Long.MAX_VALUE;
    boolean aborted;

    Commit(long offset, List<Long> values) {
      this.offset = offset;
      this.values = List.copyOf(values);
    }

    /** Notes that its transaction is about to be committed. */
    void asks(long nowNanos) {
      askedNanos = Math.min(askedNanos, nowNanos);
    }

    /** Notes the answer that it is committed. */
    void committed(long nowNanos) {
      committedNanos = nowNanos;
    }

    /** Notes that it certainly is not committed and never will be. */
    void aborted() {
      aborted = true;
    }

    @Override
    public String toString() {
      String end = aborted ? "aborted" : committedNanos == Long.MAX_VALUE ? "unknown" : "committed";
      return "offset " + offset + " with " + values + " (" + end + ")";
    }
  }

  /** Somebody asked for the offset, {@link #NONE} if there was none. */
  record Lookup(long askedNanos, long answeredNanos, long offset) {}

  private Place place(String name) {
    return places.computeIfAbsent(name, none -> new Place());
  }

  /** Notes that a transaction stages an offset. */
  Commit commit(String place, long offset, List<Long> values) {
    Commit commit = new Commit(offset, values);
    place(place).commits.add(commit);
    return commit;
  }

  /** Notes an answer. */
  void lookup(String place, Lookup lookup) {
    place(place).lookups.add(lookup);
  }

  /** Notes an answer after every transaction has ended. */
  void last(String place, Lookup lookup) {
    place(place).lookups.add(lookup);
    place(place).last = lookup;
  }

  Map<String, Place> places() {
    return places;
  }

  /** How many offsets were heard to be committed. */
  long committed() {
    return places.values().stream()
        .flatMap(place -> place.commits.stream())
        .filter(commit -> commit.committedNanos != Long.MAX_VALUE)
        .count();
  }
}
