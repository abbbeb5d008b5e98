package io.thalweg.simulation.check;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.simulation.check.History.Read;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What transactional writers sent, how their transactions ended as far as they know, and what
 * readers of committed records got. Values are unique over the whole history. One thread.
 */
public final class TransactionHistory {
  private final List<Transaction> transactions = new ArrayList<>();
  private final TreeMap<TableBucket, List<Session>> sessions = new TreeMap<>();

  /** How a transaction ended for its writer. */
  public enum Outcome {
    /** Nobody ever asked to commit it. */
    OPEN,
    /** Its writer asked to commit it and never heard what came of it. */
    UNKNOWN,
    /** Its writer heard that it is committed. */
    COMMITTED,
    /** Its writer knows that it is not committed and never will be. */
    ABORTED
  }

  /** Batches of one writer, in any buckets, that count together or not at all. */
  public static final class Transaction {
    final String writer;
    final long beganNanos;
    final List<Batch> batches = new ArrayList<>();
    Outcome outcome = Outcome.OPEN;
    long commitAskedNanos = Long.MAX_VALUE;

    Transaction(String writer, long beganNanos) {
      this.writer = writer;
      this.beganNanos = beganNanos;
    }

    /** Notes that the writer sends {@code values} to {@code bucket}, after its earlier batches. */
    public Batch send(TableBucket bucket, List<Long> values) {
      Batch batch = new Batch(bucket, values);
      batches.add(batch);
      return batch;
    }

    /** Notes that the writer asks to commit: from now on the records may be read. */
    public void commits(long nowNanos) {
      outcome = Outcome.UNKNOWN;
      commitAskedNanos = Math.min(commitAskedNanos, nowNanos);
    }

    /** Notes the answer that it is committed. */
    public void committed() {
      outcome = Outcome.COMMITTED;
    }

    /** Notes that it is certainly not committed. */
    public void aborted() {
      outcome = Outcome.ABORTED;
    }

    @Override
    public String toString() {
      return "transaction of "
          + writer
          + " from "
          + History.time(beganNanos)
          + ", commit asked at "
          + History.time(commitAskedNanos)
          + ", "
          + outcome
          + ", "
          + batches;
    }
  }

  /** Values that a writer sends to one bucket, to be stored together and in order. */
  public static final class Batch {
    /** Where it goes. */
    public final TableBucket bucket;

    /** The values, in order. */
    public final List<Long> values;

    long baseOffset = -1;

    Batch(TableBucket bucket, List<Long> values) {
      this.bucket = bucket;
      this.values = List.copyOf(values);
    }

    /** Notes the acknowledgement: its first value has offset {@code base}. */
    public void stored(long base) {
      baseOffset = base;
    }

    @Override
    public String toString() {
      return values + " to " + bucket + (baseOffset < 0 ? "" : " at " + baseOffset);
    }
  }

  /**
   * The committed records that one request returned out of the offsets in {@code [from, next)}.
   *
   * @param stable the last stable offset that came with them; -1 if none did
   */
  public record Poll(long atNanos, long from, long next, long stable, List<Read> reads) {
    /** Copies the list. */
    public Poll {
      reads = List.copyOf(reads);
    }
  }

  /** A reader of one bucket. */
  public static final class Session {
    /** The client that reads. */
    public final String reader;

    final List<Poll> polls = new ArrayList<>();
    long drainedTo = -1;
    long logEnd = -1;

    Session(String reader) {
      this.reader = reader;
    }

    /** The reader got this. */
    public void poll(Poll poll) {
      polls.add(poll);
    }

    /**
     * Notes that this reader has read everything from offset 0 on, after every transaction had
     * ended.
     *
     * @param stable the last stable offset
     * @param end the end of the log
     */
    public void drained(long stable, long end) {
      drainedTo = stable;
      logEnd = end;
    }
  }

  /** Notes that {@code writer}, whose transactions keep their order, begins one. */
  public Transaction begin(String writer, long nowNanos) {
    Transaction transaction = new Transaction(writer, nowNanos);
    transactions.add(transaction);
    return transaction;
  }

  /** Notes that {@code reader} begins to read. */
  public Session session(String reader, TableBucket bucket) {
    Session session = new Session(reader);
    sessions.computeIfAbsent(bucket, none -> new ArrayList<>()).add(session);
    return session;
  }

  List<Transaction> transactions() {
    return Collections.unmodifiableList(transactions);
  }

  Map<TableBucket, List<Session>> sessions() {
    return Collections.unmodifiableMap(sessions);
  }

  /** How many transactions ended in each way. */
  public Map<Outcome, Long> outcomes() {
    Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      counts.put(outcome, 0L);
    }
    transactions.forEach(each -> counts.merge(each.outcome, 1L, Long::sum));
    return counts;
  }

  /** How many records were read. */
  public long reads() {
    return sessions.values().stream()
        .flatMap(List::stream)
        .flatMap(session -> session.polls.stream())
        .mapToLong(poll -> poll.reads.size())
        .sum();
  }
}
