package io.thalweg.simulation.check;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.simulation.check.History.Read;
import io.thalweg.simulation.check.TransactionHistory.Batch;
import io.thalweg.simulation.check.TransactionHistory.Outcome;
import io.thalweg.simulation.check.TransactionHistory.Poll;
import io.thalweg.simulation.check.TransactionHistory.Session;
import io.thalweg.simulation.check.TransactionHistory.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Looks for anomalies in a history of transactions. The readers that read everything at the end say
 * which records count. Every earlier answer must be a part of that without a gap, and it must agree
 * with what the writers know of their transactions. Linear except for sorting.
 */
public final class TransactionChecker {
  private final TransactionHistory history;
  private final List<Found> found = new ArrayList<>();
  private final Map<Long, Sent> sent = new HashMap<>();
  private final Map<TableBucket, TreeMap<Long, Long>> truth = new TreeMap<>();
  private final Map<TableBucket, Long> ends = new TreeMap<>();

  /** Each value that counts, and its offset. */
  private final Map<Long, Long> offsets = new HashMap<>();

  /** An anomaly, its place, and the reason. */
  public record Found(TransactionAnomaly anomaly, TableBucket bucket, String message) {}

  private record Sent(Transaction transaction, Batch batch) {}

  private TransactionChecker(TransactionHistory history) {
    this.history = history;
  }

  /** All anomalies of {@code history}. */
  public static List<Found> check(TransactionHistory history) {
    TransactionChecker checker = new TransactionChecker(history);
    checker.run();
    return checker.found;
  }

  private void add(TransactionAnomaly anomaly, TableBucket bucket, String message) {
    found.add(new Found(anomaly, bucket, message));
  }

  private void run() {
    for (Transaction transaction : history.transactions()) {
      for (Batch batch : transaction.batches) {
        for (long value : batch.values) {
          if (sent.put(value, new Sent(transaction, batch)) != null) {
            throw new IllegalArgumentException("value " + value + " was sent twice");
          }
        }
      }
    }
    history.sessions().forEach(this::findTruth);
    history
        .sessions()
        .forEach((bucket, all) -> all.forEach(session -> checkSession(bucket, session)));
    history.transactions().forEach(this::checkWhole);
    checkOrder();
  }

  /** Takes what the first reader that read everything got as what counts. */
  private void findTruth(TableBucket bucket, List<Session> all) {
    for (Session session : all) {
      if (session.drainedTo < 0) {
        continue;
      }
      if (session.drainedTo < session.logEnd) {
        add(
            TransactionAnomaly.HANGING,
            bucket,
            "the last stable offset is %d, the log ends at %d, and no transaction is open"
                .formatted(session.drainedTo, session.logEnd));
      }
      if (truth.containsKey(bucket)) {
        continue;
      }
      TreeMap<Long, Long> records = new TreeMap<>();
      for (Poll poll : session.polls) {
        for (Read read : poll.reads()) {
          records.put(read.offset(), read.value());
          Long other = offsets.put(read.value(), read.offset());
          if (other != null) {
            add(
                TransactionAnomaly.DUPLICATE_RECORD,
                bucket,
                "value %d has offsets %d and %d".formatted(read.value(), other, read.offset()));
          }
        }
      }
      truth.put(bucket, records);
      ends.put(bucket, session.drainedTo);
    }
  }

  private void checkSession(TableBucket bucket, Session session) {
    NavigableMap<Long, Long> all = truth.get(bucket);
    for (Poll poll : session.polls) {
      for (Read read : poll.reads()) {
        checkRead(bucket, session, poll, read);
      }
      if (all != null) {
        compare(bucket, session, poll, all);
      }
    }
    if (session.polls.stream().anyMatch(poll -> poll.stable() >= 0)) {
      checkStable(bucket, session);
    }
  }

  private void checkRead(TableBucket bucket, Session session, Poll poll, Read read) {
    Sent by = sent.get(read.value());
    String what =
        "%s got value %d at offset %d at %s"
            .formatted(session.reader, read.value(), read.offset(), History.time(poll.atNanos()));
    if (by == null || !by.batch.bucket.equals(bucket)) {
      add(TransactionAnomaly.PHANTOM_RECORD, bucket, what + ", which nobody sent there");
    } else if (by.transaction.outcome == Outcome.ABORTED
        || by.transaction.outcome == Outcome.OPEN) {
      add(TransactionAnomaly.ABORTED_READ, bucket, what + " of " + by.transaction);
    } else if (poll.atNanos() < by.transaction.commitAskedNanos) {
      add(TransactionAnomaly.EARLY_READ, bucket, what + " of " + by.transaction);
    }
  }

  private void compare(
      TableBucket bucket, Session session, Poll poll, NavigableMap<Long, Long> all) {
    long last = poll.from() - 1;
    TreeMap<Long, Long> given = new TreeMap<>();
    String where =
        "%s asked from %d to %d, answered at %s"
            .formatted(session.reader, poll.from(), poll.next(), History.time(poll.atNanos()));
    for (Read read : poll.reads()) {
      if (read.offset() <= last || read.offset() >= poll.next()) {
        add(
            TransactionAnomaly.WRONG_ORDER,
            bucket,
            "%s: offset %d came after %d".formatted(where, read.offset(), last));
      }
      last = read.offset();
      given.put(read.offset(), read.value());
      Long there = all.get(read.offset());
      if (there == null || there != read.value()) {
        add(
            TransactionAnomaly.UNSTABLE_READ,
            bucket,
            "%s: offset %d had value %d, in the end it has %s"
                .formatted(where, read.offset(), read.value(), there));
      }
    }
    all.subMap(poll.from(), Math.max(poll.from(), poll.next()))
        .forEach(
            (offset, value) -> {
              if (!given.containsKey(offset)) {
                add(
                    TransactionAnomaly.SKIPPED_RECORD,
                    bucket,
                    "%s: it passed over offset %d, in the end it has value %d of %s"
                        .formatted(where, offset, value, sent.get(value).transaction));
              }
            });
    if (poll.next() > ends.get(bucket)) {
      add(
          TransactionAnomaly.UNSTABLE_READ,
          bucket,
          where + ", beyond the end, which is " + ends.get(bucket));
    }
  }

  /** Until its writer asked to commit it, a committed transaction kept the offset down. */
  private void checkStable(TableBucket bucket, Session session) {
    for (Transaction transaction : history.transactions()) {
      if (transaction.outcome != Outcome.COMMITTED) {
        continue;
      }
      long first =
          transaction.batches.stream()
              .filter(batch -> batch.bucket.equals(bucket) && batch.baseOffset >= 0)
              .mapToLong(batch -> batch.baseOffset)
              .min()
              .orElse(Long.MAX_VALUE);
      for (Poll poll : session.polls) {
        if (poll.atNanos() < transaction.commitAskedNanos && poll.stable() > first) {
          add(
              TransactionAnomaly.STABLE_TOO_HIGH,
              bucket,
              "%s heard at %s that %d is stable; at offset %d begins the %s"
                  .formatted(
                      session.reader,
                      History.time(poll.atNanos()),
                      poll.stable(),
                      first,
                      transaction));
        }
      }
    }
  }

  private void checkWhole(Transaction transaction) {
    List<Batch> known =
        transaction.batches.stream().filter(batch -> truth.containsKey(batch.bucket)).toList();
    long visible =
        known.stream().flatMap(batch -> batch.values.stream()).filter(offsets::containsKey).count();
    long all = known.stream().mapToLong(batch -> batch.values.size()).sum();
    TableBucket bucket = known.isEmpty() ? null : known.get(0).bucket;
    if (visible > 0 && visible < all) {
      add(
          TransactionAnomaly.TORN,
          bucket,
          "%d of %d records count of the %s".formatted(visible, all, transaction));
    } else if (visible == 0 && all > 0 && transaction.outcome == Outcome.COMMITTED) {
      add(TransactionAnomaly.LOST_WRITE, bucket, "no record counts of the " + transaction);
    }
  }

  /** Checks the order within batches, between a writer's batches, and between its transactions. */
  private void checkOrder() {
    Map<String, Long> lasts = new HashMap<>();
    for (Transaction transaction : history.transactions()) {
      for (Batch batch : transaction.batches) {
        for (int i = 0; i < batch.values.size(); i++) {
          Long offset = offsets.get(batch.values.get(i));
          if (offset == null) {
            continue;
          }
          Long last = lasts.put(transaction.writer + " to " + batch.bucket, offset);
          Long first = offsets.get(batch.values.get(0));
          boolean misplaced = batch.baseOffset >= 0 && offset != batch.baseOffset + i;
          if ((last != null && last >= offset)
              || (first != null && offset - first != i)
              || misplaced) {
            add(
                TransactionAnomaly.WRONG_ORDER,
                batch.bucket,
                "value %d has offset %d, the writer's one before it has %s, of the %s"
                    .formatted(batch.values.get(i), offset, last, transaction));
          }
        }
      }
    }
  }
}
