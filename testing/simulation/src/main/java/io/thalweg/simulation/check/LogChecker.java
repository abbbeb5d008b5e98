package io.thalweg.simulation.check;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.simulation.check.History.Filtered;
import io.thalweg.simulation.check.History.Lookup;
import io.thalweg.simulation.check.History.Outcome;
import io.thalweg.simulation.check.History.Poll;
import io.thalweg.simulation.check.History.Read;
import io.thalweg.simulation.check.History.Send;
import io.thalweg.simulation.check.History.Session;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Looks for anomalies in a history. From all acknowledgements and reads of a bucket it builds two
 * maps, offset → value and value → offset; every check is a pass over one of them. Linear except
 * for sorting. A value counts as stored from its acknowledgement or its first read on, whichever
 * was earlier.
 */
public final class LogChecker {
  private final List<Found> found = new ArrayList<>();

  /** An anomaly, its place, and the reason. */
  public record Found(Anomaly anomaly, TableBucket bucket, long offset, String message) {}

  private static final class Value {
    final long value;
    final Send send;
    final int place;
    long offset = -1;

    Value(long value, Send send, int place) {
      this.value = value;
      this.send = send;
      this.place = place;
    }
  }

  private static final class Slot {
    final Value value;
    long knownNanos;
    boolean read;

    Slot(Value value, long knownNanos) {
      this.value = value;
      this.knownNanos = knownNanos;
    }

    long sentNanos() {
      return value.send == null ? Long.MIN_VALUE : value.send.sentNanos;
    }
  }

  private LogChecker() {}

  /** All anomalies of {@code history}, bucket by bucket. */
  public static List<Found> check(History history) {
    LogChecker checker = new LogChecker();
    history.buckets().forEach((id, bucket) -> checker.new BucketCheck(id, bucket).run());
    return checker.found;
  }

  /** One bucket's check. */
  private final class BucketCheck {
    private final TableBucket id;
    private final History.Bucket bucket;
    private final Map<Long, Value> values = new HashMap<>();
    private final TreeMap<Long, Slot> slots = new TreeMap<>();
    private long highestRead = -1;

    BucketCheck(TableBucket id, History.Bucket bucket) {
      this.id = id;
      this.bucket = bucket;
    }

    private void add(Anomaly anomaly, long offset, String message) {
      found.add(new Found(anomaly, id, offset, message));
    }

    void run() {
      for (Send send : bucket.sends) {
        for (int i = 0; i < send.values.size(); i++) {
          Value value = new Value(send.values.get(i), send, i);
          if (values.put(value.value, value) != null) {
            throw new IllegalArgumentException("value " + value.value + " was sent twice");
          }
        }
      }
      placeAcknowledged();
      for (Session session : bucket.sessions) {
        session.polls.forEach(poll -> placeRead(session.reader, poll.atNanos(), poll.reads()));
      }
      bucket.filtered.forEach(poll -> placeRead(poll.reader(), poll.atNanos(), poll.reads()));
      bucket.sessions.forEach(this::checkPolls);
      bucket.filtered.forEach(this::checkFiltered);
      checkAllRead();
      checkSendOrder();
      checkRealTime();
      checkLookups();
    }

    private void placeAcknowledged() {
      for (Send send : bucket.sends) {
        if (send.outcome == Outcome.STORED) {
          for (int i = 0; i < send.values.size(); i++) {
            place(send.baseOffset + i, values.get(send.values.get(i)), send.endedNanos);
          }
        }
      }
    }

    private Slot place(long offset, Value value, long knownNanos) {
      Slot slot = slots.get(offset);
      if (slot == null) {
        slot = new Slot(value, knownNanos);
        slots.put(offset, slot);
      } else if (slot.value.value != value.value) {
        add(
            Anomaly.INCONSISTENT_OFFSET,
            offset,
            "offset " + offset + " holds " + slot.value.value + " and " + value.value);
      }
      slot.knownNanos = Math.min(slot.knownNanos, knownNanos);
      if (value.offset < 0) {
        value.offset = offset;
      } else if (value.offset != offset) {
        add(
            Anomaly.DUPLICATE,
            offset,
            "value " + value.value + " has offsets " + value.offset + " and " + offset);
      }
      return slot;
    }

    private void placeRead(String reader, long atNanos, List<Read> reads) {
      for (Read read : reads) {
        Value value = values.get(read.value());
        if (value == null) {
          add(
              Anomaly.PHANTOM,
              read.offset(),
              reader + " read value " + read.value() + ", which nobody sent here");
          value = new Value(read.value(), null, 0);
          values.put(read.value(), value);
        }
        boolean first = value.offset < 0;
        place(read.offset(), value, atNanos).read = true;
        highestRead = Math.max(highestRead, read.offset());
        if (first && value.send != null && value.send.outcome == Outcome.REFUSED) {
          add(
              Anomaly.ABORTED_READ,
              read.offset(),
              reader
                  + " read value "
                  + read.value()
                  + ", whose sender heard that it is not stored");
        }
      }
    }

    private void checkPolls(Session session) {
      long expected = session.start;
      for (Poll poll : session.polls) {
        for (Read read : poll.reads()) {
          if (read.offset() != expected) {
            add(
                read.offset() > expected ? Anomaly.SKIPPED_POLL : Anomaly.NON_MONOTONIC_POLL,
                read.offset(),
                session.reader
                    + " got offset "
                    + read.offset()
                    + " at "
                    + History.time(poll.atNanos())
                    + " where "
                    + expected
                    + " was next");
          }
          expected = read.offset() + 1;
        }
      }
    }

    private void checkFiltered(Filtered poll) {
      TreeMap<Long, Long> given = new TreeMap<>();
      long last = poll.from() - 1;
      for (Read read : poll.reads()) {
        if (read.offset() <= last || read.offset() >= poll.next()) {
          add(
              Anomaly.NON_MONOTONIC_POLL,
              read.offset(),
              poll.reader() + " got offset " + read.offset() + " after " + last);
        }
        last = read.offset();
        given.put(read.offset(), read.value());
        if (!poll.wants(read.value())) {
          add(Anomaly.FILTER_PASSED, read.offset(), poll.reader() + " did not want it: " + poll);
        }
      }
      slots
          .subMap(poll.from(), Math.max(poll.from(), poll.next()))
          .forEach(
              (offset, slot) -> {
                if (poll.wants(slot.value.value) && !given.containsKey(offset)) {
                  add(
                      Anomaly.FILTERED_OUT,
                      offset,
                      poll.reader() + " was not given " + slot.value.value + ": " + poll);
                }
              });
    }

    private void checkAllRead() {
      SortedMap<Long, Slot> left = slots.tailMap(bucket.drainedFrom);
      left.forEach(
          (offset, slot) -> {
            if (!slot.read) {
              add(
                  offset <= highestRead ? Anomaly.LOST : Anomaly.UNSEEN,
                  offset,
                  "value "
                      + slot.value.value
                      + " was acknowledged with offset "
                      + offset
                      + " and never read; the highest offset read is "
                      + highestRead);
            }
          });
    }

    private void checkSendOrder() {
      Map<String, Send> lastOf = new HashMap<>();
      for (Send send : bucket.sends) {
        Value before = null;
        for (long each : send.values) {
          Value value = values.get(each);
          if (value.offset < 0) {
            continue;
          }
          if (before != null && value.offset - value.place != before.offset - before.place) {
            add(
                Anomaly.NON_MONOTONIC_SEND,
                value.offset,
                "values " + before.value + " and " + value.value + " of one send stand apart");
          }
          before = value;
        }
        if (send.outcome != Outcome.STORED) {
          continue;
        }
        Send last = lastOf.put(send.writer, send);
        if (last != null && last.baseOffset >= send.baseOffset) {
          add(
              Anomaly.NON_MONOTONIC_SEND,
              send.baseOffset,
              send + " stands before the same writer's earlier " + last);
        }
      }
    }

    private void checkRealTime() {
      long earliestKnownAfter = Long.MAX_VALUE;
      long whichOffset = -1;
      for (Map.Entry<Long, Slot> entry : slots.descendingMap().entrySet()) {
        Slot slot = entry.getValue();
        if (earliestKnownAfter < slot.sentNanos()) {
          add(
              Anomaly.REAL_TIME_ORDER,
              entry.getKey(),
              "value "
                  + slot.value.value
                  + " was sent at "
                  + History.time(slot.sentNanos())
                  + " and got offset "
                  + entry.getKey()
                  + ", though offset "
                  + whichOffset
                  + " was known to be stored at "
                  + History.time(earliestKnownAfter));
        }
        if (slot.knownNanos < earliestKnownAfter) {
          earliestKnownAfter = slot.knownNanos;
          whichOffset = entry.getKey();
        }
      }
    }

    private void checkLookups() {
      checkLookupsSeeWhatWasKnown();
      checkNothingLandsBelowLookups();
    }

    private void checkLookupsSeeWhatWasKnown() {
      List<Map.Entry<Long, Slot>> byKnown =
          slots.entrySet().stream()
              .sorted(Comparator.comparingLong(entry -> entry.getValue().knownNanos))
              .toList();
      List<Lookup> byAsked =
          bucket.lookups.stream().sorted(Comparator.comparingLong(Lookup::askedNanos)).toList();
      int next = 0;
      long highestKnown = -1;
      for (Lookup lookup : byAsked) {
        while (next < byKnown.size()
            && byKnown.get(next).getValue().knownNanos < lookup.askedNanos()) {
          highestKnown = Math.max(highestKnown, byKnown.get(next++).getKey());
        }
        if (highestKnown >= lookup.latest()) {
          add(
              Anomaly.REAL_TIME_ORDER,
              highestKnown,
              "the latest offset asked for at "
                  + History.time(lookup.askedNanos())
                  + " was "
                  + lookup.latest()
                  + ", though offset "
                  + highestKnown
                  + " was known before");
        }
      }
    }

    private void checkNothingLandsBelowLookups() {
      List<Map.Entry<Long, Slot>> bySent =
          slots.entrySet().stream()
              .sorted(Comparator.comparingLong(entry -> -entry.getValue().sentNanos()))
              .toList();
      List<Lookup> byAnswered =
          bucket.lookups.stream()
              .sorted(Comparator.comparingLong(lookup -> -lookup.answeredNanos()))
              .toList();
      int next = 0;
      long lowest = Long.MAX_VALUE;
      for (Lookup lookup : byAnswered) {
        while (next < bySent.size()
            && bySent.get(next).getValue().sentNanos() > lookup.answeredNanos()) {
          lowest = Math.min(lowest, bySent.get(next++).getKey());
        }
        if (lowest < lookup.latest()) {
          add(
              Anomaly.REAL_TIME_ORDER,
              lowest,
              "the latest offset was "
                  + lookup.latest()
                  + " at "
                  + History.time(lookup.answeredNanos())
                  + ", and something sent later got offset "
                  + lowest);
        }
      }
    }
  }
}
