package io.thalweg.simulation.check;

import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.simulation.check.KeyHistory.Change;
import io.thalweg.simulation.check.KeyHistory.Kind;
import io.thalweg.simulation.check.KeyHistory.Operation;
import io.thalweg.simulation.check.KeyHistory.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Looks for anomalies in a history of keys, in two independent ways: the operations of each key
 * must be linearizable; and the changelog, folded from its beginning, must be right record by
 * record and make the rows that lookups find at the end.
 *
 * <p>If rows also expire, operations must have places in the order of the changelog instead ({@link
 * KeyTimeline}), and a row must not end before its time unless somebody deleted it.
 */
public final class KeyChecker {
  private final List<Found> found = new ArrayList<>();

  /** An anomaly, its place, and the reason. */
  public record Found(KeyAnomaly anomaly, TableBucket bucket, long key, String message) {}

  private KeyChecker() {}

  /** All anomalies of {@code history}, bucket by bucket. */
  public static List<Found> check(KeyHistory history) {
    KeyChecker checker = new KeyChecker();
    history.buckets().forEach((id, bucket) -> checker.new BucketCheck(id, bucket).run());
    return checker.found;
  }

  /** One bucket's check. */
  private final class BucketCheck {
    private final TableBucket id;
    private final KeyHistory.Bucket bucket;
    private final Map<Long, Operation> writes = new HashMap<>();
    private final Set<Long> effective = new HashSet<>();
    private final Map<Long, Integer> deletes = new HashMap<>();
    private final Map<Long, Set<Long>> made = new HashMap<>();
    private final TreeMap<Long, Long> rows = new TreeMap<>();
    private final Set<Long> known = new HashSet<>();
    private final Map<Long, KeyTimeline> timelines = new HashMap<>();
    private final Map<Long, Long> writtenMillis = new HashMap<>();

    BucketCheck(TableBucket id, KeyHistory.Bucket bucket) {
      this.id = id;
      this.bucket = bucket;
    }

    private void add(KeyAnomaly anomaly, long key, String message) {
      found.add(new Found(anomaly, id, key, message));
    }

    void run() {
      if (bucket.rowTtlMillis == 0) {
        bucket.keys.forEach(this::checkOrder);
      }
      bucket.contradictions.forEach(each -> add(KeyAnomaly.INCONSISTENT_CHANGE, -1, each));
      if (bucket.end < 0) {
        return; // nobody has read it to its end
      }
      collectWrites();
      fold();
      if (bucket.from == 0) {
        checkAcknowledged();
        checkLookups();
        if (bucket.rowTtlMillis > 0) {
          bucket.keys.forEach(this::checkPlaces);
        }
      }
      bucket.rows.forEach(this::checkRow);
    }

    private void checkOrder(long key, List<Operation> operations) {
      switch (new RegisterSearch(operations).run()) {
        case LINEARIZABLE -> {
          // As promised.
        }
        case NOT_LINEARIZABLE ->
            add(KeyAnomaly.NOT_LINEARIZABLE, key, "no order explains its operations");
        case GAVE_UP ->
            add(
                KeyAnomaly.TOO_MANY_ORDERS,
                key,
                "not decided after " + RegisterSearch.MOST_CONFIGURATIONS + " configurations");
      }
    }

    private void checkPlaces(long key, List<Operation> operations) {
      timeline(key)
          .misplaced(operations)
          .ifPresent(
              each ->
                  add(
                      KeyAnomaly.NOT_LINEARIZABLE,
                      key,
                      "the changelog's order has no place for " + each));
    }

    private KeyTimeline timeline(long key) {
      return timelines.computeIfAbsent(key, none -> new KeyTimeline());
    }

    private void collectWrites() {
      for (List<Operation> operations : bucket.keys.values()) {
        for (Operation each : operations) {
          boolean numbered = each.kind == Kind.PUT || each.kind == Kind.ADD;
          if (numbered && writes.put(each.value, each) != null) {
            throw new IllegalArgumentException("number " + each.value + " was written twice");
          }
          if (each.kind == Kind.DELETE && each.outcome != Outcome.REFUSED) {
            deletes.merge(each.key, 1, Integer::sum);
          }
        }
      }
    }

    private void fold() {
      long expected = bucket.from;
      Change before = null;
      for (KeyHistory.Seen seen : bucket.changes.tailMap(bucket.from).values()) {
        Change change = seen.change();
        if (change.offset() != expected) {
          add(
              KeyAnomaly.CHANGE_MISSING,
              change.key(),
              "after offset " + (expected - 1) + " comes " + change);
        }
        expected = change.offset() + 1;
        checkPair(before, change);
        step(change);
        before = change;
      }
      checkPair(before, null);
      if (expected < bucket.end) {
        add(
            KeyAnomaly.CHANGE_MISSING,
            -1,
            "nothing from offset " + expected + " on was read, it ends at " + bucket.end);
      }
    }

    /** Two records that follow each other; null for none. */
    private void checkPair(Change before, Change change) {
      boolean begun = before != null && before.type() == ChangeType.UPDATE_BEFORE;
      boolean ends = change != null && change.type() == ChangeType.UPDATE_AFTER;
      boolean cutOff = before == null && bucket.from > 0;
      if (begun && !(ends && change.key() == before.key())) {
        add(KeyAnomaly.HALF_UPDATE, before.key(), before + " is followed by " + change);
      } else if (ends && !begun && bucket.beforeImages && !cutOff) {
        add(KeyAnomaly.HALF_UPDATE, change.key(), change + " follows " + before);
      }
    }

    /** The row of a key; if its earlier changes have expired, the row that the change names. */
    private Long row(Change change) {
      if (bucket.from > 0 && known.add(change.key())) {
        return switch (change.type()) {
          case INSERT -> null;
          case UPDATE_BEFORE, DELETE -> {
            rows.put(change.key(), change.value());
            yield change.value();
          }
          case UPDATE_AFTER -> Long.valueOf(0);
        };
      }
      return rows.get(change.key());
    }

    private void step(Change change) {
      boolean blind = bucket.from > 0 && !known.contains(change.key());
      Long row = row(change);
      if (change.type() == ChangeType.INSERT ? row != null : row == null) {
        add(
            row == null ? KeyAnomaly.CHANGE_WITHOUT_ROW : KeyAnomaly.INSERT_OVER_ROW,
            change.key(),
            change + ", the row was " + row);
      }
      boolean image =
          change.type() == ChangeType.UPDATE_BEFORE || change.type() == ChangeType.DELETE;
      if (image && row != null && row != change.value()) {
        add(KeyAnomaly.WRONG_BEFORE_IMAGE, change.key(), change + ", the row was " + row);
      }
      switch (change.type()) {
        case UPDATE_BEFORE -> {
          // The next record says what happened to the row.
        }
        case DELETE -> {
          rows.remove(change.key());
          timeline(change.key()).add(change.offset(), null);
          if (!mayExpire(change) && deletes.merge(change.key(), -1, Integer::sum) < 0) {
            add(KeyAnomaly.PHANTOM_CHANGE, change.key(), change + ", which nobody deleted");
          }
        }
        case INSERT, UPDATE_AFTER -> {
          rows.put(change.key(), change.value());
          timeline(change.key()).add(change.offset(), change.value());
          writtenMillis.put(change.key(), change.millis());
          made.computeIfAbsent(change.key(), none -> new HashSet<>()).add(change.value());
          if (!(blind && change.type() == ChangeType.UPDATE_AFTER)) {
            checkMade(change, row);
          }
        }
      }
    }

    /** Whether the last known write of an expired row is old enough. */
    private boolean mayExpire(Change change) {
      if (bucket.rowTtlMillis == 0) {
        return false;
      }
      Long written = writtenMillis.get(change.key());
      return written == null ? bucket.from > 0 : change.millis() - written >= bucket.rowTtlMillis;
    }

    /** Checks that some write explains the row after a change, and that each write does so once. */
    private void checkMade(Change change, Long row) {
      Operation write = writes.get(change.value());
      if (write == null || write.kind != Kind.PUT) {
        write = writes.get(change.value() - (row == null ? 0 : row));
      }
      if (write == null || write.key != change.key()) {
        add(KeyAnomaly.PHANTOM_CHANGE, change.key(), change + " from " + row);
        return;
      }
      if (write.outcome == Outcome.REFUSED) {
        add(KeyAnomaly.REFUSED_CHANGE, change.key(), change + " is of " + write);
      }
      timeline(change.key()).written(write.value);
      if (!effective.add(write.value)) {
        add(KeyAnomaly.DOUBLE_CHANGE, change.key(), change + " is of " + write + " again");
      }
    }

    private void checkAcknowledged() {
      writes.forEach(
          (number, write) -> {
            if (write.outcome == Outcome.DONE && !effective.contains(number)) {
              add(KeyAnomaly.LOST_WRITE, write.key, "the changelog has nothing of " + write);
            }
          });
    }

    private void checkLookups() {
      bucket.keys.forEach(
          (key, operations) ->
              operations.stream()
                  .filter(each -> each.kind == Kind.LOOKUP && each.value != null)
                  .filter(each -> !made.getOrDefault(key, Set.of()).contains(each.value))
                  .forEach(
                      each ->
                          add(
                              KeyAnomaly.UNCOMMITTED_LOOKUP,
                              key,
                              "no change made what was found: " + each)));
    }

    private void checkRow(long key, List<KeyHistory.Found> lookups) {
      KeyTimeline timeline = timeline(key);
      for (KeyHistory.Found each : lookups) {
        if (bucket.from > 0 && !timeline.isKnown(each.end())) {
          continue; // its changes have expired
        }
        Long row = timeline.row(each.end());
        if (!Objects.equals(each.value(), row)) {
          add(KeyAnomaly.FOLD_DIFFERS, key, each + " though the changelog comes to " + row);
        }
      }
    }
  }
}
