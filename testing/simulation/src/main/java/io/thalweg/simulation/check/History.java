package io.thalweg.simulation.check;

import io.thalweg.format.schema.TableBucket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongPredicate;

/**
 * The requests of a log's clients and the answers they got, per bucket, with the times of both.
 * Values are unique over the whole history. One thread.
 */
public final class History {
  private final TreeMap<TableBucket, Bucket> buckets = new TreeMap<>();

  /** How a send ended for its sender. */
  public enum Outcome {
    /** No answer, or an unknown outcome: its values may be stored, now or later. */
    UNKNOWN,
    /** It was acknowledged. */
    STORED,
    /** It is certain that it is not stored and never will be. */
    REFUSED
  }

  /** Values that one writer sends to one bucket, to be stored together and in order. */
  public static final class Send {
    final String writer;
    final TableBucket bucket;

    /** The values of the batch, in order. */
    public final List<Long> values;

    final long sentNanos;
    Outcome outcome = Outcome.UNKNOWN;
    long endedNanos = Long.MAX_VALUE;
    long baseOffset = -1;

    Send(String writer, TableBucket bucket, List<Long> values, long sentNanos) {
      this.writer = writer;
      this.bucket = bucket;
      this.values = List.copyOf(values);
      this.sentNanos = sentNanos;
    }

    /** Notes the acknowledgement: its first value has offset {@code base}. */
    public void stored(long base, long nowNanos) {
      outcome = Outcome.STORED;
      baseOffset = base;
      endedNanos = nowNanos;
    }

    /** Notes that it is certainly not stored. */
    public void refused(long nowNanos) {
      outcome = Outcome.REFUSED;
      endedNanos = nowNanos;
    }

    @Override
    public String toString() {
      return "send by "
          + writer
          + " at "
          + time(sentNanos)
          + " of "
          + values
          + ": "
          + switch (outcome) {
            case UNKNOWN -> "unknown";
            case STORED -> "stored from offset " + baseOffset + " on, heard at " + time(endedNanos);
            case REFUSED -> "refused at " + time(endedNanos);
          };
    }
  }

  /** A record as a reader got it. */
  public record Read(long offset, long value) {}

  /** The records of one request of a reader, in order of arrival. */
  public record Poll(long atNanos, List<Read> reads) {
    /** Copies the list. */
    public Poll {
      reads = List.copyOf(reads);
    }
  }

  /** A reader that continues where it stopped, from its start to its end. */
  public static final class Session {
    /** The client that reads. */
    public final String reader;

    final long start;
    final List<Poll> polls = new ArrayList<>();

    Session(String reader, long start) {
      this.reader = reader;
      this.start = start;
    }

    /** The reader got {@code reads}. */
    public void poll(List<Read> reads, long nowNanos) {
      polls.add(new Poll(nowNanos, reads));
    }
  }

  /** A client asked for the latest offset and got the answer {@code latest}. */
  public record Lookup(long askedNanos, long answeredNanos, long latest) {}

  /**
   * The records that one request returned to a reader that wants only the values in {@code [low,
   * high)}, out of the offsets in {@code [from, next)}.
   */
  public record Filtered(
      String reader, long atNanos, long from, long next, long low, long high, List<Read> reads) {
    /** Copies the list. */
    public Filtered {
      reads = List.copyOf(reads);
    }

    boolean wants(long value) {
      return value >= low && value < high;
    }
  }

  /** The history of one bucket. */
  static final class Bucket {
    final List<Send> sends = new ArrayList<>();
    final List<Session> sessions = new ArrayList<>();
    final List<Filtered> filtered = new ArrayList<>();
    final List<Lookup> lookups = new ArrayList<>();
    long drainedFrom = Long.MAX_VALUE;
  }

  private Bucket bucket(TableBucket bucket) {
    return buckets.computeIfAbsent(bucket, none -> new Bucket());
  }

  /**
   * Notes that {@code writer}, whose sends keep their order, sends {@code values} to {@code
   * bucket}.
   */
  public Send send(String writer, TableBucket bucket, List<Long> values, long nowNanos) {
    Send send = new Send(writer, bucket, values, nowNanos);
    bucket(bucket).sends.add(send);
    return send;
  }

  /** Notes that {@code reader} begins to read at {@code start}. */
  public Session session(String reader, TableBucket bucket, long start) {
    Session session = new Session(reader, start);
    bucket(bucket).sessions.add(session);
    return session;
  }

  /** Notes a request for the latest offset and its answer. */
  public void lookup(TableBucket bucket, long askedNanos, long answeredNanos, long latest) {
    bucket(bucket).lookups.add(new Lookup(askedNanos, answeredNanos, latest));
  }

  /** Notes what a reader that wants some values got of a range of offsets. */
  public void filtered(TableBucket bucket, Filtered poll) {
    bucket(bucket).filtered.add(poll);
  }

  /**
   * Notes that some reader has read everything after every send had ended.
   *
   * @param start the first offset that was left; the records before it expired
   */
  public void drained(TableBucket bucket, long start) {
    bucket(bucket).drainedFrom = Math.min(bucket(bucket).drainedFrom, start);
  }

  Map<TableBucket, Bucket> buckets() {
    return Collections.unmodifiableMap(buckets);
  }

  /** How many sends ended in each way. */
  public Map<Outcome, Long> outcomes() {
    Map<Outcome, Long> counts = new LinkedHashMap<>();
    for (Outcome outcome : Outcome.values()) {
      counts.put(outcome, 0L);
    }
    buckets
        .values()
        .forEach(each -> each.sends.forEach(send -> counts.merge(send.outcome, 1L, Long::sum)));
    return counts;
  }

  /** How many records were read. */
  public long reads() {
    return buckets.values().stream()
        .flatMap(each -> each.sessions.stream())
        .flatMap(session -> session.polls.stream())
        .mapToLong(poll -> poll.reads.size())
        .sum();
  }

  /** Everything in the history that touches {@code offset} of {@code bucket} or its neighbours. */
  public String around(TableBucket bucket, long offset) {
    LongPredicate near = each -> each >= offset - 2 && each <= offset + 2;
    Bucket of = bucket(bucket);
    TreeSet<Long> values = new TreeSet<>();
    TreeMap<Long, List<String>> lines = new TreeMap<>();
    for (Session session : of.sessions) {
      for (Poll poll : session.polls) {
        List<Read> reads = poll.reads.stream().filter(read -> near.test(read.offset)).toList();
        reads.forEach(read -> values.add(read.value));
        if (!reads.isEmpty()) {
          lines
              .computeIfAbsent(poll.atNanos, none -> new ArrayList<>())
              .add(session.reader + " (from " + session.start + ") read " + reads);
        }
      }
    }
    for (Send send : of.sends) {
      boolean acknowledgedThere =
          send.outcome == Outcome.STORED
              && send.baseOffset <= offset + 2
              && send.baseOffset + send.values.size() > offset - 2;
      if (acknowledgedThere || send.values.stream().anyMatch(values::contains)) {
        lines.computeIfAbsent(send.sentNanos, none -> new ArrayList<>()).add(send.toString());
      }
    }
    StringBuilder text = new StringBuilder();
    lines.forEach(
        (at, all) ->
            all.forEach(
                line -> text.append("  ").append(time(at)).append("  ").append(line).append('\n')));
    return text.toString();
  }

  /** An instant of virtual time, as traces and findings print it. */
  public static String time(long nanos) {
    return nanos == Long.MAX_VALUE ? "never" : String.format(Locale.ROOT, "%.6fs", nanos / 1e9);
  }
}
