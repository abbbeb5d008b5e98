package io.thalweg.simulation.check;

import io.thalweg.simulation.check.KeyHistory.Kind;
import io.thalweg.simulation.check.KeyHistory.Operation;
import io.thalweg.simulation.check.KeyHistory.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The steps of one key in the changelog. It checks whether the key's operations have places in
 * these steps: an operation that ended before another began must not come after it. For rows that
 * also expire this replaces {@link RegisterSearch}, because only the changelog knows when a row
 * expired. It gives a lookup the first possible place, which leaves the most room to later ones, so
 * that no search is needed.
 */
final class KeyTimeline {
  private static final int NOWHERE = -1;
  private static final int ANYWHERE = -2;

  private final List<Step> steps = new ArrayList<>();
  private final Map<Long, Integer> writes = new HashMap<>();

  /** The row from the change at an offset on; null for none. */
  private record Step(long offset, Long row) {}

  KeyTimeline() {
    steps.add(new Step(-1, null));
  }

  /** Notes that the change at {@code offset} made the row {@code row}; null for none. */
  void add(long offset, Long row) {
    steps.add(new Step(offset, row));
  }

  /** Notes that the last step is the effect of the write of {@code number}. */
  void written(long number) {
    writes.putIfAbsent(number, steps.size() - 1);
  }

  /** Whether there is a change before {@code end}. */
  boolean isKnown(long end) {
    return steps.size() > 1 && steps.get(1).offset < end;
  }

  /** The row that the changes before {@code end} made; null for none. */
  Long row(long end) {
    Step last = steps.get(0);
    for (Step step : steps) {
      if (step.offset < end) {
        last = step;
      }
    }
    return last.row;
  }

  /** The first operation that has no place; empty if all have one. */
  Optional<Operation> misplaced(List<Operation> operations) {
    List<Operation> begun =
        operations.stream()
            .filter(each -> each.outcome != Outcome.REFUSED)
            .sorted(Comparator.comparingLong(each -> each.begunNanos))
            .toList();
    Map<Operation, Integer> places = new LinkedHashMap<>();
    for (Operation each : begun) {
      int least = 0;
      for (Map.Entry<Operation, Integer> before : places.entrySet()) {
        if (before.getKey().endedNanos < each.begunNanos) {
          least = Math.max(least, before.getValue());
        }
      }
      int place = place(each, least);
      if (place >= 0) {
        places.put(each, place);
      } else if (place == NOWHERE) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /** The first step, not before {@code least}, that may be an operation's place. */
  private int place(Operation operation, int least) {
    boolean numbered = operation.kind == Kind.PUT || operation.kind == Kind.ADD;
    if (numbered) {
      Integer place = writes.get(operation.value);
      // If it is missing, that is another anomaly, or its end is unknown.
      return place == null ? ANYWHERE : place > least ? place : NOWHERE;
    }
    if (operation.outcome != Outcome.DONE) {
      return ANYWHERE;
    }
    // After a delete there is no row, whatever ended it.
    Long row = operation.kind == Kind.LOOKUP ? operation.value : null;
    for (int i = least; i < steps.size(); i++) {
      if (Objects.equals(steps.get(i).row, row)) {
        return i;
      }
    }
    return NOWHERE;
  }
}
