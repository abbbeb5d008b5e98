package io.thalweg.chaos.kafka;

import io.thalweg.chaos.kafka.OffsetCommits.Commit;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.Clock;
import io.thalweg.simulation.check.History;
import io.thalweg.simulation.check.History.Read;
import io.thalweg.simulation.check.LogChecker;
import io.thalweg.simulation.check.TransactionChecker;
import io.thalweg.simulation.check.TransactionHistory;
import io.thalweg.simulation.check.TransactionHistory.Batch;
import io.thalweg.simulation.check.TransactionHistory.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * The history of one round of Kafka's clients, recorded by many threads: synchronised, in real time
 * from its beginning. It dates a request before it goes out, and an answer after it arrived.
 */
final class KafkaRecording {
  private final RoundTopics topics;
  private final Clock clock;
  private final long beginNanos;
  private final TransactionHistory transactions = new TransactionHistory();
  private final History input = new History();
  private final OffsetCommits marks = new OffsetCommits();
  private final OffsetCommits copies = new OffsetCommits();
  private final OffsetChecker offsets = new OffsetChecker();
  private final Map<TopicPartition, List<Read>> drained = new HashMap<>();
  private final List<String> violations = new ArrayList<>();
  private long nextValue;
  private long nextMark;
  private long acknowledged;
  private long fed;
  private long reads;

  KafkaRecording(RoundTopics topics, Clock clock) {
    this.topics = topics;
    this.clock = clock;
    this.beginNanos = clock.nanoTime();
  }

  /** The time of a request. */
  long now() {
    return clock.nanoTime() - beginNanos;
  }

  /** A transaction of a producer that chooses its records itself. */
  final class Running {
    private final String producer;
    private final Transaction noted;
    private final List<Long> values = new ArrayList<>();
    private Commit mark;

    private Running(String producer) {
      this.producer = producer;
      this.noted = transactions.begin(producer, now());
    }

    /** Notes that it is about to send one record. */
    Sent send(TopicPartition partition) {
      synchronized (KafkaRecording.this) {
        long value = nextValue++;
        values.add(value);
        return new Sent(
            producer, partition, value, noted.send(topics.bucket(partition), List.of(value)));
      }
    }

    /** Notes that it is about to commit an offset of a group; returns which. */
    long mark(String group) {
      synchronized (KafkaRecording.this) {
        mark = marks.commit(group, nextMark++, values);
        return mark.offset;
      }
    }

    /** Notes that its producer is about to ask for the commit. */
    void commits() {
      synchronized (KafkaRecording.this) {
        noted.commits(now());
        if (mark != null) {
          mark.asks(now());
        }
      }
    }

    void committed() {
      synchronized (KafkaRecording.this) {
        noted.committed();
        if (mark != null) {
          mark.committed(now());
        }
      }
    }

    void aborted() {
      synchronized (KafkaRecording.this) {
        noted.aborted();
        if (mark != null) {
          mark.aborted();
        }
      }
    }
  }

  /** One record of a transaction. */
  final class Sent {
    private final String producer;
    private final TopicPartition partition;
    private final Batch batch;
    final long value;

    private Sent(String producer, TopicPartition partition, long value, Batch batch) {
      this.producer = producer;
      this.partition = partition;
      this.value = value;
      this.batch = batch;
    }

    /** Notes its acknowledgement. */
    void stored(long offset) {
      synchronized (KafkaRecording.this) {
        batch.stored(offset);
        acknowledged++;
        offsets.saw(producer, topics.bucket(partition), new Read(offset, value));
      }
    }
  }

  /** Notes that a producer begins a transaction. */
  synchronized Running begin(String producer) {
    return new Running(producer);
  }

  /** One record of no transaction. */
  final class Fed {
    private final History.Send send;

    private Fed(History.Send send) {
      this.send = send;
    }

    long value() {
      return send.values.get(0);
    }

    void stored(long offset) {
      synchronized (KafkaRecording.this) {
        send.stored(offset, now());
        fed++;
      }
    }
  }

  /** Notes that a producer is about to send a record that is part of no transaction. */
  synchronized Fed feed(String producer, TopicPartition partition) {
    return new Fed(input.send(producer, topics.bucket(partition), List.of(nextValue++), now()));
  }

  /** A transaction that copies. */
  final class Copy {
    private final List<Commit> commits = new ArrayList<>();

    /** Notes that it copies these values and commits that offset. */
    void copies(TopicPartition partition, List<Long> values, long next) {
      synchronized (KafkaRecording.this) {
        commits.add(KafkaRecording.this.copies.commit(partition.toString(), next, values));
      }
    }

    void commits() {
      synchronized (KafkaRecording.this) {
        commits.forEach(each -> each.asks(now()));
      }
    }

    void committed() {
      synchronized (KafkaRecording.this) {
        commits.forEach(each -> each.committed(now()));
      }
    }

    void aborted() {
      synchronized (KafkaRecording.this) {
        commits.forEach(Commit::aborted);
      }
    }
  }

  Copy copy() {
    return new Copy();
  }

  /** One reader's view of one partition. */
  final class Reading {
    private final String reader;
    private final TopicPartition partition;
    private final boolean committed;
    private final TransactionHistory.Session session;
    private final History.Session inputSession;

    private Reading(String reader, TopicPartition partition, boolean committed, long start) {
      this.reader = reader;
      this.partition = partition;
      this.committed = committed;
      TableBucket bucket = topics.bucket(partition);
      boolean judged = committed && !topics.isInput(partition) && !topics.isOutput(partition);
      this.session = judged ? transactions.session(reader, bucket) : null;
      this.inputSession = topics.isInput(partition) ? input.session(reader, bucket, start) : null;
    }

    /** Notes the records that came out of {@code [from, next)}. */
    void poll(long from, long next, List<Read> got) {
      synchronized (KafkaRecording.this) {
        reads += got.size();
        TableBucket bucket = topics.bucket(partition);
        for (Read read : got) {
          if (committed) {
            offsets.sawCommitted(reader, bucket, read);
          } else {
            offsets.saw(reader, bucket, read);
          }
        }
        if (session != null) {
          session.poll(new TransactionHistory.Poll(now(), from, next, -1, got));
        }
        if (inputSession != null && !got.isEmpty()) {
          inputSession.poll(got, now());
        }
      }
    }

    /** Notes that the answer to {@code askedNanos} was that this is the last stable offset. */
    void stable(long askedNanos, long at) {
      synchronized (KafkaRecording.this) {
        if (session != null) {
          session.poll(new TransactionHistory.Poll(now(), at, at, at, List.of()));
        }
        if (inputSession != null) {
          input.lookup(topics.bucket(partition), askedNanos, now(), at);
        }
      }
    }

    /** Notes that all committed records were read, these, after the last transaction had ended. */
    void drained(long stable, long end, List<Read> all) {
      synchronized (KafkaRecording.this) {
        TableBucket bucket = topics.bucket(partition);
        if (session != null) {
          session.drained(stable, end);
        }
        if (inputSession != null) {
          input.drained(bucket, 0);
        }
        offsets.drained(bucket, all);
        drained.putIfAbsent(partition, List.copyOf(all));
      }
    }
  }

  /** Notes that a reader begins to read there. */
  synchronized Reading read(
      String reader, TopicPartition partition, boolean committed, long start) {
    return new Reading(reader, partition, committed, start);
  }

  /** Notes the answer to the question for a marked group's offset. */
  synchronized void marked(String group, OffsetCommits.Lookup answer, boolean last) {
    note(marks, group, answer, last);
  }

  /** Notes the answer to the question how far the copying group came. */
  synchronized void copied(TopicPartition partition, OffsetCommits.Lookup answer, boolean last) {
    note(copies, partition.toString(), answer, last);
  }

  private static void note(
      OffsetCommits history, String place, OffsetCommits.Lookup answer, boolean last) {
    if (last) {
      history.last(place, answer);
    } else {
      history.lookup(place, answer);
    }
  }

  /** Notes a violation that no checker has to find. */
  synchronized void violation(String what) {
    violations.add(what);
  }

  /** All anomalies. */
  synchronized List<String> violations() {
    List<String> all = new ArrayList<>(violations);
    TransactionChecker.check(transactions)
        .forEach(
            found -> all.add(found.anomaly() + " in " + found.bucket() + ": " + found.message()));
    LogChecker.check(input)
        .forEach(
            found ->
                all.add(
                    found.anomaly()
                        + " in "
                        + found.bucket()
                        + ": "
                        + found.message()
                        + "\n"
                        + input.around(found.bucket(), found.offset())));
    MarkChecker.check(marks, values(topics.written())).forEach(found -> all.add("" + found));
    MarkChecker.check(copies, values(topics.outputs())).forEach(found -> all.add("" + found));
    for (int output = 0; output < 2; output++) {
      for (TopicPartition copy : topics.output(output)) {
        List<Read> original = readOf(topics.input().get(copy.partition()));
        CopyChecker.check(copy.toString(), original, readOf(copy))
            .forEach(found -> all.add("" + found));
      }
    }
    all.addAll(offsets.check(topics.outputs().stream().map(topics::bucket).toList()));
    if (acknowledged == 0 || fed == 0 || copies.committed() == 0 || marks.committed() == 0) {
      all.add("too little was acknowledged, so the round proves nothing: " + this);
    }
    return all;
  }

  private List<Read> readOf(TopicPartition partition) {
    return drained.getOrDefault(partition, List.of());
  }

  private Set<Long> values(List<TopicPartition> partitions) {
    Set<Long> values = new HashSet<>();
    partitions.forEach(each -> readOf(each).forEach(read -> values.add(read.value())));
    return values;
  }

  /** How many transactions chose their own records. */
  synchronized long transactions() {
    return transactions.outcomes().values().stream().mapToLong(Long::longValue).sum();
  }

  synchronized long copies() {
    return copies.committed();
  }

  synchronized long fed() {
    return fed;
  }

  synchronized long reads() {
    return reads;
  }

  synchronized Map<TransactionHistory.Outcome, Long> outcomes() {
    return transactions.outcomes();
  }

  @Override
  public synchronized String toString() {
    return String.format(
        "transactions %s, %d of their records acknowledged, %d group offsets, %d records fed, %d"
            + " offsets of copies committed, %d records read",
        transactions.outcomes(), acknowledged, marks.committed(), fed, copies.committed(), reads);
  }
}
