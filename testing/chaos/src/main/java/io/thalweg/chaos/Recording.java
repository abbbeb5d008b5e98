package io.thalweg.chaos;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.Clock;
import io.thalweg.simulation.check.History;
import io.thalweg.simulation.check.History.Outcome;
import io.thalweg.simulation.check.History.Read;
import io.thalweg.simulation.check.LogChecker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The history of one round, recorded by many threads: synchronised, in real time from its
 * beginning. It dates a send before the send goes out, and an answer after the answer arrived, so
 * that the true moment lies in between.
 */
final class Recording {
  private final Clock clock;
  private final long beginNanos;
  private final History history = new History();
  private final List<String> damaged = new ArrayList<>();
  private long nextValue;
  private long operations;
  private long acknowledged;

  Recording(Clock clock) {
    this.clock = clock;
    this.beginNanos = clock.nanoTime();
  }

  /** A batch that a client is about to send. */
  final class Sent {
    private final History.Send send;
    private final List<Long> values;

    private Sent(History.Send send, List<Long> values) {
      this.send = send;
      this.values = values;
    }

    List<Long> values() {
      return values;
    }

    void stored(long baseOffset) {
      synchronized (Recording.this) {
        send.stored(baseOffset, now());
        acknowledged++;
      }
    }

    void refused() {
      synchronized (Recording.this) {
        send.refused(now());
      }
    }
  }

  /** One reader's view of one bucket. */
  final class Reading {
    private final History.Session session;

    private Reading(History.Session session) {
      this.session = session;
    }

    void poll(List<Read> reads) {
      synchronized (Recording.this) {
        operations++;
        session.poll(reads, now());
      }
    }
  }

  /** Notes that {@code writer} is about to send {@code count} new values. */
  synchronized Sent send(String writer, TableBucket bucket, int count) {
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(nextValue++);
    }
    operations++;
    return new Sent(history.send(writer, bucket, values, now()), values);
  }

  /** Notes that {@code reader} begins to read at {@code start}. */
  synchronized Reading read(String reader, TableBucket bucket, long start) {
    return new Reading(history.session(reader, bucket, start));
  }

  /** The time of a request; for {@link #lookup}. */
  synchronized long now() {
    return clock.nanoTime() - beginNanos;
  }

  /** Notes a request for the latest offset at {@code askedNanos}, whose answer just came. */
  synchronized void lookup(TableBucket bucket, long askedNanos, long latest) {
    operations++;
    history.lookup(bucket, askedNanos, now(), latest);
  }

  /** Notes that a reader has read everything after the last send had ended. */
  synchronized void drained(TableBucket bucket) {
    // No record is old enough to have expired.
    history.drained(bucket, 0);
  }

  /** Notes a row that differs from the sent one. */
  synchronized void damaged(String what) {
    damaged.add(what);
  }

  /** Batches acknowledged so far. */
  synchronized long acknowledged() {
    return acknowledged;
  }

  /** Sends, polls and lookups so far. */
  synchronized long operations() {
    return operations;
  }

  synchronized long rowsRead() {
    return history.reads();
  }

  synchronized Map<Outcome, Long> outcomes() {
    return history.outcomes();
  }

  /** All anomalies, each with the history around it. */
  synchronized List<String> violations() {
    List<String> violations = new ArrayList<>();
    damaged.forEach(what -> violations.add("DAMAGED: " + what));
    for (LogChecker.Found found : LogChecker.check(history)) {
      violations.add(
          found.anomaly()
              + " in "
              + found.bucket()
              + ": "
              + found.message()
              + "\n"
              + history.around(found.bucket(), found.offset()));
    }
    return violations;
  }
}
