package io.thalweg.simulation.check;

import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.TableBucket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The requests of a primary-key table's clients and the answers they got, per bucket and key, and
 * the changelog that they read. A row is one number beside its key; written numbers are unique and
 * positive. One thread.
 */
public final class KeyHistory {
  /** Operations of one key that a history may hold. */
  public static final int MOST_OF_A_KEY = 62;

  private final TreeMap<TableBucket, Bucket> buckets = new TreeMap<>();

  /** The kinds of operations. */
  public enum Kind {
    /** Makes the row this number. */
    PUT,
    /** Adds the number to the row's, or makes it the row if there is none. */
    ADD,
    /** Ends the row. */
    DELETE,
    /** Finds the row. */
    LOOKUP
  }

  /** How an operation ended for its client. */
  public enum Outcome {
    /** No answer, or an unknown outcome: it may take effect at any time, or never. */
    UNKNOWN,
    /** It took effect before it was answered. */
    DONE,
    /** It is certain that it has no effect and never will. */
    REFUSED
  }

  /** One operation on one key. */
  public static final class Operation {
    final String who;
    final Kind kind;
    final long key;
    final Long value;
    final long begunNanos;
    Outcome outcome = Outcome.UNKNOWN;
    long endedNanos = Long.MAX_VALUE;

    Operation(String who, Kind kind, long key, Long value, long begunNanos) {
      this.who = who;
      this.kind = kind;
      this.key = key;
      this.value = value;
      this.begunNanos = begunNanos;
    }

    /** Notes the acknowledgement. */
    public void done(long nowNanos) {
      outcome = Outcome.DONE;
      endedNanos = nowNanos;
    }

    /** Notes that it certainly has no effect. */
    public void refused(long nowNanos) {
      outcome = Outcome.REFUSED;
      endedNanos = nowNanos;
    }

    @Override
    public String toString() {
      return who
          + " "
          + History.time(begunNanos)
          + " to "
          + History.time(endedNanos)
          + " "
          + kind
          + (value == null ? "" : " " + value)
          + (outcome == Outcome.DONE ? "" : " " + outcome);
    }
  }

  /**
   * A record of the changelog: a row as it was before or after.
   *
   * @param millis its batch's timestamp
   */
  public record Change(long offset, ChangeType type, long key, long value, long millis) {}

  /** A change and its first reader. */
  record Seen(Change change, String who) {}

  /** The history of one bucket. */
  static final class Bucket {
    final TreeMap<Long, List<Operation>> keys = new TreeMap<>();
    final TreeMap<Long, Seen> changes = new TreeMap<>();
    final List<String> contradictions = new ArrayList<>();
    final TreeMap<Long, List<Found>> rows = new TreeMap<>();
    boolean beforeImages;
    long rowTtlMillis;
    long from = -1;
    long end = -1;
  }

  /** What a lookup gave when the changelog went up to {@code end}; null for no row. */
  record Found(String who, Long value, long end) {}

  private Bucket bucket(TableBucket bucket) {
    return buckets.computeIfAbsent(bucket, none -> new Bucket());
  }

  private Operation add(TableBucket bucket, Operation operation) {
    List<Operation> all =
        bucket(bucket).keys.computeIfAbsent(operation.key, none -> new ArrayList<>());
    if (all.size() == MOST_OF_A_KEY) {
      throw new IllegalStateException(
          "key " + operation.key + " has " + MOST_OF_A_KEY + " operations; take another");
    }
    all.add(operation);
    return operation;
  }

  /** How many operations a key has. */
  public int operations(TableBucket bucket, long key) {
    return bucket(bucket).keys.getOrDefault(key, List.of()).size();
  }

  /**
   * Notes that {@code who} begins a write.
   *
   * @param value unique and positive; null for a delete
   */
  public Operation write(
      TableBucket bucket, String who, Kind kind, long key, Long value, long nowNanos) {
    return add(bucket, new Operation(who, kind, key, value, nowNanos));
  }

  /** Notes that {@code who} looked a key up and found {@code value}, or null for no row. */
  public void lookup(
      TableBucket bucket, String who, long key, Long value, long begunNanos, long endedNanos) {
    add(bucket, new Operation(who, Kind.LOOKUP, key, value, begunNanos)).done(endedNanos);
  }

  /** Notes changes that {@code who} read. */
  public void changes(TableBucket bucket, String who, List<Change> changes) {
    Bucket of = bucket(bucket);
    for (Change change : changes) {
      Seen before = of.changes.putIfAbsent(change.offset(), new Seen(change, who));
      if (before != null && !before.change.equals(change)) {
        of.contradictions.add(
            before.who + " read " + before.change + ", " + who + " read " + change);
      }
    }
  }

  /**
   * Notes that some reader has read all changes when nothing was under way any more.
   *
   * @param from the first offset that was left; the records before it expired
   * @param end the offset after the last
   * @param beforeImages whether an update has two records
   */
  public void drained(TableBucket bucket, long from, long end, boolean beforeImages) {
    Bucket of = bucket(bucket);
    of.beforeImages = beforeImages;
    if (of.end >= 0 && end < of.from) {
      // The changes in between expired unread, so the earlier rows are unknown.
      return;
    }
    boolean apart = of.end >= 0 && from > of.end;
    of.from = of.from < 0 || apart ? from : Math.min(of.from, from);
    of.end = Math.max(of.end, end);
  }

  /** What a lookup gave when the changelog went up to {@code end}; null for no row. */
  public void row(TableBucket bucket, String who, long key, Long value, long end) {
    bucket(bucket)
        .rows
        .computeIfAbsent(key, none -> new ArrayList<>())
        .add(new Found(who, value, end));
  }

  /** Notes that rows of a bucket expire this long after their last write. */
  public void rowsExpire(TableBucket bucket, long ttlMillis) {
    bucket(bucket).rowTtlMillis = ttlMillis;
  }

  /** How many rows ended without a delete that explains it. */
  public long expired() {
    return buckets.values().stream()
        .mapToLong(
            bucket ->
                bucket.changes.values().stream()
                    .filter(each -> each.change.type() == ChangeType.DELETE)
                    .filter(
                        each ->
                            bucket.keys.getOrDefault(each.change.key(), List.of()).stream()
                                .noneMatch(operation -> operation.kind == Kind.DELETE))
                    .count())
        .sum();
  }

  /** The keys of a bucket that somebody used. */
  public List<Long> keys(TableBucket bucket) {
    return List.copyOf(bucket(bucket).keys.keySet());
  }

  Map<TableBucket, Bucket> buckets() {
    return Collections.unmodifiableMap(buckets);
  }

  /** How many keys have a history. */
  public long histories() {
    return buckets.values().stream().mapToLong(each -> each.keys.size()).sum();
  }

  /** How many operations there are. */
  public long size() {
    return buckets.values().stream()
        .flatMap(each -> each.keys.values().stream())
        .mapToLong(List::size)
        .sum();
  }

  /** Everything about one key. */
  public String of(TableBucket bucket, long key) {
    StringBuilder text = new StringBuilder();
    bucket(bucket)
        .keys
        .getOrDefault(key, List.of())
        .forEach(operation -> text.append("  ").append(operation).append('\n'));
    for (Seen seen : bucket(bucket).changes.values()) {
      if (seen.change.key() == key) {
        text.append("  ").append(seen.change).append('\n');
      }
    }
    return text.toString();
  }
}
