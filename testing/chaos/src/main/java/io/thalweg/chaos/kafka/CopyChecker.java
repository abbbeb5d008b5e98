package io.thalweg.chaos.kafka;

import io.thalweg.simulation.check.History.Read;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares a partition with its copy, which a group made in transactions: the same values in the
 * same order, each once.
 */
final class CopyChecker {
  /** What can be wrong. */
  enum Anomaly {
    /** A value was not copied. */
    LOST,
    /** A value was copied twice. */
    DUPLICATE,
    /** The copy has a value that the original lacks. */
    PHANTOM,
    /** A value stands behind one that comes after it in the original. */
    WRONG_ORDER
  }

  /** An anomaly, its place, and the reason. */
  record Found(Anomaly anomaly, String place, String message) {
    @Override
    public String toString() {
      return anomaly + " of " + place + ": " + message;
    }
  }

  private CopyChecker() {}

  /** All anomalies of the copy {@code place}; both lists are in the order of offsets. */
  static List<Found> check(String place, List<Read> original, List<Read> copy) {
    List<Found> found = new ArrayList<>();
    Map<Long, Integer> places = new HashMap<>();
    for (Read read : original) {
      places.put(read.value(), places.size());
    }
    Map<Long, Long> copied = new HashMap<>();
    int last = -1;
    for (Read read : copy) {
      Integer at = places.get(read.value());
      Long other = copied.putIfAbsent(read.value(), read.offset());
      String what = "value " + read.value() + " at offset " + read.offset();
      if (at == null) {
        found.add(new Found(Anomaly.PHANTOM, place, what));
      } else if (other != null) {
        found.add(new Found(Anomaly.DUPLICATE, place, what + " and " + other));
      } else if (at < last) {
        found.add(
            new Found(
                Anomaly.WRONG_ORDER,
                place,
                what + " comes after value " + original.get(last).value()));
      } else {
        last = at;
      }
    }
    for (Read read : original) {
      if (!copied.containsKey(read.value())) {
        found.add(
            new Found(
                Anomaly.LOST, place, "value " + read.value() + ", original " + read.offset()));
      }
    }
    return found;
  }
}
