package io.thalweg.simulation.check;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.command.TransactionPart;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.TransactionalWriter;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableBucket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Judges transactions while {@link StateChecker} replays the log: the end of one is marked in each
 * of its buckets, in no other, and once; a writer's batch is stored in its current epoch and
 * transaction only; and no two clients get the same epoch. It implements these rules a second time,
 * from commands and replies alone, except for which transactions are overdue.
 */
final class MarkerChecker {
  private final Findings findings;
  private final Map<String, Long> counts;
  private final Map<TableBucket, Long> ends;
  private final Map<String, Writer> writers = new TreeMap<>();

  private static final class Writer {
    long id = -1;
    short epoch;
    long number = 1;
    boolean open;

    /** Who may ask again for the present epoch; null for nobody. */
    WriterStamp before;

    final TreeSet<TableBucket> buckets = new TreeSet<>();
  }

  /**
   * A checker of a log that is empty so far.
   *
   * @param ends where each bucket's log ends; this adds the markers
   */
  MarkerChecker(Findings findings, Map<String, Long> counts, Map<TableBucket, Long> ends) {
    this.findings = findings;
    this.counts = counts;
    this.ends = ends;
  }

  /** A batch of a transaction was stored. */
  void stored(long index, TransactionPart part, TableBucket bucket) {
    Optional<Writer> found =
        writers.values().stream().filter(each -> each.id == part.writerId()).findFirst();
    if (found.isEmpty()
        || found.get().epoch != part.epoch()
        || found.get().number != part.number()
        || (!part.joins() && !found.get().buckets.contains(bucket))) {
      findings.add(
          "FENCED_WRITER",
          "entry %d stored a batch of %s in bucket %s; the writer is at %s"
              .formatted(index, part, bucket, found.map(MarkerChecker::describe)));
    }
    found.ifPresent(
        writer -> {
          writer.open = true;
          writer.buckets.add(bucket);
        });
  }

  private static String describe(Writer writer) {
    return "epoch %d, transaction %d with %s"
        .formatted(writer.epoch, writer.number, writer.buckets);
  }

  /** Follows the commands that begin and end transactions. */
  void after(long index, Command command, Reply reply, ClusterState state) {
    if (command instanceof Command.OpenTransactions open
        && reply instanceof Reply.WriterOpened opened) {
      Writer writer = writers.computeIfAbsent(open.name(), none -> new Writer());
      if (moves(writer, opened)) {
        if (writer.open) {
          end(index, writer, false, state);
        }
        take(writer, opened);
        writer.before = open.before() == null ? null : writer.before;
      } else if (writer.before == null || !isSame(writer.before, open.before())) {
        findings.add(
            "SHARED_EPOCH",
            "entry %d gave %s to a client that had %s; %s"
                .formatted(index, opened, open.before(), describe(writer)));
      }
    } else if (command instanceof Command.JoinTransaction join && reply instanceof Reply.Done) {
      Writer writer = writers.get(join.name());
      writer.open = true;
      writer.buckets.addAll(join.buckets());
    } else if (command instanceof Command.EndTransaction end
        && reply instanceof Reply.WriterOpened opened) {
      Writer writer = writers.get(end.name());
      WriterStamp sent = new WriterStamp(end.writerId(), end.epoch(), 0);
      boolean current = sent.equals(new WriterStamp(writer.id, writer.epoch, 0));
      if (current && writer.open) {
        end(index, writer, end.commits(), state);
      } else if (current && moves(writer, opened)) {
        writer.number++;
      }
      take(writer, opened);
    } else if (command instanceof Command.ExpireTransactions) {
      for (Map.Entry<String, Writer> each : List.copyOf(writers.entrySet())) {
        expired(index, each.getKey(), each.getValue(), state);
      }
    } else if (command.dropsBuckets()) {
      writers
          .values()
          .forEach(each -> each.buckets.removeIf(bucket -> state.bucket(bucket).isEmpty()));
    }
  }

  private static boolean moves(Writer writer, Reply.WriterOpened opened) {
    return writer.id != opened.writerId() || writer.epoch != opened.epoch();
  }

  private static boolean isSame(WriterStamp one, WriterStamp other) {
    return other != null && one.writerId() == other.writerId() && one.epoch() == other.epoch();
  }

  private static void take(Writer writer, Reply.WriterOpened opened) {
    if (moves(writer, opened)) {
      writer.before = new WriterStamp(writer.id, writer.epoch, 0);
    }
    writer.id = opened.writerId();
    writer.epoch = opened.epoch();
  }

  private void expired(long index, String name, Writer writer, ClusterState state) {
    Optional<TransactionalWriter> now = state.transactions().find(name);
    if (now.isEmpty()) {
      if (writer.open) {
        findings.add("MARKER", "entry %d forgot writer %s with an open one".formatted(index, name));
      }
      writers.remove(name);
    } else if (writer.open && !now.get().isOpen()) {
      counts.merge("transactions expired", 1L, Long::sum);
      end(index, writer, false, state);
      take(writer, new Reply.WriterOpened(now.get().writerId(), now.get().epoch()));
    }
  }

  private void end(long index, Writer writer, boolean commits, ClusterState state) {
    counts.merge(commits ? "transactions committed" : "transactions aborted", 1L, Long::sum);
    for (TableBucket bucket : writer.buckets) {
      Optional<BucketState> there = state.bucket(bucket);
      if (there.isEmpty()) {
        continue;
      }
      long end = ends.getOrDefault(bucket, 0L);
      Run last = null;
      for (Run run : there.get().log().runs()) {
        last = run.baseOffset() == end ? run : last;
      }
      if (last == null
          || last.recordCount() != 1
          || !(last.payload() instanceof Payload.Marker marker)
          || marker.writerId() != writer.id
          || marker.commits() != commits) {
        findings.add(
            "MARKER",
            "entry %d ended a transaction of writer id %d, commits=%s; at offset %d of bucket %s is %s"
                .formatted(index, writer.id, commits, end, bucket, last));
      } else {
        ends.put(bucket, end + 1);
      }
    }
    writer.open = false;
    writer.buckets.clear();
    writer.number++;
  }
}
