package io.thalweg.chaos.kafka;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.simulation.check.History.Read;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Takes what any reader gets, of committed records and of all, and looks for offsets with two
 * values, values that are stored twice, and committed records that are not there in the end. Values
 * that a client sends again itself have to be left out. One thread.
 */
final class OffsetChecker {
  /** What can be wrong. */
  enum Anomaly {
    /** Two readers, or a reader and an acknowledgement, have two values for one offset. */
    INCONSISTENT_OFFSET,
    /** One value has two offsets. */
    DUPLICATE,
    /** A reader of committed records got one that those who read to the end did not get. */
    UNSTABLE_READ
  }

  private record Seen(long value, String by) {}

  private final Map<TableBucket, TreeMap<Long, Seen>> seen = new TreeMap<>();
  private final Map<TableBucket, TreeMap<Long, Seen>> committed = new TreeMap<>();
  private final Map<TableBucket, Map<Long, Long>> truth = new TreeMap<>();
  private final List<String> found = new ArrayList<>();

  private static String at(TableBucket bucket, long offset, Seen one) {
    return bucket + ", offset " + offset + ": " + one.by() + " has value " + one.value();
  }

  /** Notes what a reader got, or what a producer was told. */
  void saw(String by, TableBucket bucket, Read read) {
    Seen now = new Seen(read.value(), by);
    Seen before =
        seen.computeIfAbsent(bucket, none -> new TreeMap<>()).putIfAbsent(read.offset(), now);
    if (before != null && before.value() != read.value()) {
      found.add(
          Anomaly.INCONSISTENT_OFFSET
              + " in "
              + at(bucket, read.offset(), before)
              + ", "
              + by
              + " has "
              + read.value());
    }
  }

  /** Notes what a reader of committed records got. */
  void sawCommitted(String by, TableBucket bucket, Read read) {
    saw(by, bucket, read);
    committed
        .computeIfAbsent(bucket, none -> new TreeMap<>())
        .put(read.offset(), new Seen(read.value(), by));
  }

  /** Notes all committed records of a bucket in the end. */
  void drained(TableBucket bucket, List<Read> reads) {
    Map<Long, Long> all = truth.computeIfAbsent(bucket, none -> new HashMap<>());
    reads.forEach(read -> all.put(read.offset(), read.value()));
  }

  /**
   * All anomalies.
   *
   * @param resent the buckets whose values clients may send again after an abort
   */
  List<String> check(List<TableBucket> resent) {
    List<String> all = new ArrayList<>(found);
    seen.forEach(
        (bucket, records) -> {
          if (!resent.contains(bucket)) {
            checkValues(bucket, records, all);
          }
        });
    truth.forEach(
        (bucket, records) ->
            committed
                .getOrDefault(bucket, new TreeMap<>())
                .forEach(
                    (offset, one) -> {
                      Long there = records.get(offset);
                      if (there == null || there != one.value()) {
                        all.add(
                            Anomaly.UNSTABLE_READ
                                + " in "
                                + at(bucket, offset, one)
                                + ", in the end "
                                + there);
                      }
                    }));
    return all;
  }

  private static void checkValues(TableBucket bucket, Map<Long, Seen> records, List<String> all) {
    Map<Long, Long> offsets = new HashMap<>();
    records.forEach(
        (offset, one) -> {
          Long other = offsets.putIfAbsent(one.value(), offset);
          if (other != null) {
            all.add(Anomaly.DUPLICATE + " in " + at(bucket, offset, one) + ", as offset " + other);
          }
        });
  }
}
