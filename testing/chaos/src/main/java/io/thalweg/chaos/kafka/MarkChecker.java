package io.thalweg.chaos.kafka;

import io.thalweg.chaos.kafka.OffsetCommits.Commit;
import io.thalweg.chaos.kafka.OffsetCommits.Lookup;
import io.thalweg.chaos.kafka.OffsetCommits.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Looks for anomalies of the offsets that transactions commit: each counts with the records of its
 * transaction or not at all, and once it counts no older one is given out.
 */
final class MarkChecker {
  /** What can be wrong. */
  enum Anomaly {
    /** An answer is older than an offset whose commit had been acknowledged before the question. */
    LOST_COMMIT,
    /** An answer is an offset that nobody had asked to commit by then, or that was aborted. */
    VOID_COMMIT,
    /** In the end the offset of a transaction counts without its records, or they without it. */
    TORN_COMMIT
  }

  /** An anomaly, its place, and the reason. */
  record Found(Anomaly anomaly, String place, String message) {
    @Override
    public String toString() {
      return anomaly + " of " + place + ": " + message;
    }
  }

  private MarkChecker() {}

  /**
   * All anomalies.
   *
   * @param visible the values that readers of committed records get in the end
   */
  static List<Found> check(OffsetCommits history, Set<Long> visible) {
    List<Found> found = new ArrayList<>();
    history
        .places()
        .forEach(
            (name, place) -> {
              place.lookups.forEach(lookup -> checkLookup(name, place, lookup, found));
              if (place.last != null) {
                checkLast(name, place, visible, found);
              }
            });
    return found;
  }

  private static void checkLookup(String name, Place place, Lookup lookup, List<Found> found) {
    boolean known = lookup.offset() == OffsetCommits.NONE;
    for (Commit commit : place.commits) {
      if (commit.committedNanos < lookup.askedNanos() && commit.offset > lookup.offset()) {
        found.add(
            new Found(Anomaly.LOST_COMMIT, name, lookup + ", after the commit of the " + commit));
        return;
      }
      known |=
          commit.offset == lookup.offset()
              && !commit.aborted
              && commit.askedNanos < lookup.answeredNanos();
    }
    if (!known) {
      found.add(new Found(Anomaly.VOID_COMMIT, name, lookup + ", which nobody committed"));
    }
  }

  private static void checkLast(String name, Place place, Set<Long> visible, List<Found> found) {
    long greatest = OffsetCommits.NONE;
    for (Commit commit : place.commits) {
      if (commit.values.stream().anyMatch(visible::contains)) {
        greatest = Math.max(greatest, commit.offset);
      }
    }
    if (greatest != place.last.offset()) {
      found.add(
          new Found(
              Anomaly.TORN_COMMIT,
              name,
              "the offset is " + place.last.offset() + ", the records that count say " + greatest));
    }
  }
}
