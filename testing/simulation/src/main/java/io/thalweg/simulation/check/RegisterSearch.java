package io.thalweg.simulation.check;

import io.thalweg.simulation.check.KeyHistory.Kind;
import io.thalweg.simulation.check.KeyHistory.Operation;
import io.thalweg.simulation.check.KeyHistory.Outcome;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks for an order of one key's operations that explains all answers, and in which an operation
 * that ended before another began comes first. This is the search of Wing and Gong, with Lowe's
 * memory of the configurations that led nowhere. An operation with an unknown end may come at any
 * time after its beginning, or never. Serves one search.
 */
final class RegisterSearch {
  /** Most configurations to try before giving up. */
  static final int MOST_CONFIGURATIONS = 200_000;

  /** The result of a search. */
  enum Verdict {
    LINEARIZABLE,
    NOT_LINEARIZABLE,
    GAVE_UP
  }

  /** The operations that took effect, and the row after them: null for none. */
  private record Configuration(long taken, Long row) {}

  private final List<Operation> operations;
  private final Set<Configuration> barren = new HashSet<>();
  private final long mustBeTaken;

  /** A search over the operations of one key, at most {@link KeyHistory#MOST_OF_A_KEY}. */
  RegisterSearch(List<Operation> all) {
    Set<Long> found =
        all.stream()
            .filter(each -> each.kind == Kind.LOOKUP && each.value != null)
            .map(each -> each.value)
            .collect(Collectors.toSet());
    boolean adds = all.stream().anyMatch(each -> each.kind == Kind.ADD);
    this.operations =
        all.stream()
            .filter(each -> each.outcome != Outcome.REFUSED)
            // An order that explains everything still does so without an operation that nobody saw.
            .filter(
                each ->
                    each.outcome == Outcome.DONE
                        || each.kind != Kind.PUT
                        || adds
                        || found.contains(each.value))
            .sorted(Comparator.comparingLong(each -> each.begunNanos))
            .toList();
    long must = 0;
    for (int i = 0; i < operations.size(); i++) {
      if (operations.get(i).outcome == Outcome.DONE) {
        must |= 1L << i;
      }
    }
    this.mustBeTaken = must;
  }

  Verdict run() {
    boolean found = search(0, null);
    if (found) {
      return Verdict.LINEARIZABLE;
    }
    return barren.size() >= MOST_CONFIGURATIONS ? Verdict.GAVE_UP : Verdict.NOT_LINEARIZABLE;
  }

  private boolean search(long before, Long row) {
    long taken = takeLookups(before, row);
    if ((taken & mustBeTaken) == mustBeTaken) {
      return true;
    }
    if (barren.size() >= MOST_CONFIGURATIONS || !barren.add(new Configuration(taken, row))) {
      return false;
    }
    long firstEnd = firstEnd(taken);
    for (int i = 0; i < operations.size(); i++) {
      Operation next = operations.get(i);
      if (next.begunNanos > firstEnd) {
        break;
      }
      if ((taken & 1L << i) == 0
          && next.kind != Kind.LOOKUP
          && search(taken | 1L << i, after(next, row))) {
        return true;
      }
    }
    return false;
  }

  /** Applies lookups that may come now and find the row; the search loses nothing by it. */
  private long takeLookups(long before, Long row) {
    long taken = before;
    boolean more = true;
    while (more) {
      more = false;
      long firstEnd = firstEnd(taken);
      for (int i = 0; i < operations.size(); i++) {
        Operation next = operations.get(i);
        if (next.begunNanos > firstEnd) {
          break;
        }
        if ((taken & 1L << i) == 0 && next.kind == Kind.LOOKUP && Objects.equals(next.value, row)) {
          taken |= 1L << i;
          more = true;
        }
      }
    }
    return taken;
  }

  private long firstEnd(long taken) {
    long first = Long.MAX_VALUE;
    for (int i = 0; i < operations.size(); i++) {
      if ((taken & 1L << i) == 0) {
        first = Math.min(first, operations.get(i).endedNanos);
      }
    }
    return first;
  }

  private static Long after(Operation write, Long row) {
    return switch (write.kind) {
      case PUT -> write.value;
      case ADD -> Long.valueOf(row == null ? write.value : row + write.value);
      case DELETE -> null;
      case LOOKUP -> row;
    };
  }
}
