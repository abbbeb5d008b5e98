package io.thalweg.simulation.client;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.check.TransactionHistory;
import io.thalweg.simulation.check.TransactionHistory.Batch;
import io.thalweg.simulation.check.TransactionHistory.Transaction;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.cluster.TransactionDoor;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * The last requests about transactions through one server, when there are no faults any more: it
 * opens every name, so that no transaction is open, commits one transaction in all buckets, and
 * reads all committed records in both ways. Each must succeed in the end.
 */
public final class TransactionFinale extends SimClient {
  private static final long AGAIN_NANOS = Duration.ofMillis(100).toNanos();
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private final Workload shared;
  private final Topics topics;
  private final ServerProcess server;
  private final String ownName;
  private final Deque<String> names = new ArrayDeque<>();
  private final Deque<Reading> readings = new ArrayDeque<>();
  private WriterStamp writer;
  private Transaction transaction;
  private String waitsFor = "nothing";
  private boolean done;

  /** One way to read one bucket. */
  private record Reading(Topics.Place place, boolean stored, TransactionHistory.Session session) {}

  /** The last requests through {@code server}; none is sent yet. */
  public TransactionFinale(Workload shared, ServerProcess server) {
    super(shared.cluster(), "final transactions " + server.name());
    this.shared = shared;
    this.topics = shared.topics();
    this.server = server;
    this.ownName = "final-" + server.name();
  }

  /** Whether the last step has ended. */
  public boolean isDone() {
    return done;
  }

  @Override
  public String toString() {
    return name() + " waits for " + waitsFor;
  }

  /** Ends what is open, and commits one transaction. */
  public void write() {
    done = false;
    names.addAll(Topics.NAMES);
    names.add(ownName);
    open();
  }

  private void open() {
    String name = names.peekFirst();
    waitsFor = "the opening of " + name;
    ask(
        server,
        Manner.ORDERED,
        "last open " + name,
        0,
        door ->
            door.call(
                each ->
                    each.transactions().open(Principal.ANONYMOUS, name, TIMEOUT, Optional.empty())),
        (Answer<WriterStamp> answer) -> {
          if (again(answer, this::open)) {
            return;
          }
          writer = answer.value();
          names.removeFirst();
          if (names.isEmpty()) {
            transaction = topics.history().begin(name() + " " + writer, now());
            send(new ArrayDeque<>(topics.places()));
          } else {
            open();
          }
        });
  }

  private boolean again(Answer<?> answer, Runnable task) {
    if (answer.ok()) {
      return false;
    }
    waitsFor = waitsFor.replaceFirst(", heard last .*", "") + ", heard last " + answer;
    later(AGAIN_NANOS, task);
    return true;
  }

  private void send(Deque<Topics.Place> left) {
    Topics.Place place = left.pollFirst();
    if (place == null) {
      transaction.commits(now());
      end();
      return;
    }
    append(place, transaction.send(place.bucket(), shared.newValues(2)), left);
  }

  private void append(Topics.Place place, Batch batch, Deque<Topics.Place> left) {
    waitsFor = "an acknowledgement of " + place.bucket();
    ask(
        server,
        Manner.ORDERED,
        "last append to " + place.bucket(),
        0,
        door ->
            door.transactions()
                .append(
                    place.table(),
                    place.number(),
                    Optional.of(new TransactionDoor.Part(ownName, true)),
                    writer,
                    batch.values,
                    0),
        (Answer<AppendResult.Part> answer) -> {
          if (!again(answer, () -> append(place, batch, left))) {
            batch.stored(answer.value().baseOffset());
            send(left);
          }
        });
  }

  private void end() {
    waitsFor = "a commit";
    ask(
        server,
        Manner.ORDERED,
        "last commit",
        0,
        door ->
            door.call(
                each -> each.transactions().end(Principal.ANONYMOUS, ownName, writer, true, true)),
        (Answer<WriterStamp> answer) -> {
          if (!again(answer, this::end)) {
            transaction.committed();
            done = true;
          }
        });
  }

  /** Reads everything. */
  public void read() {
    done = false;
    List<Reading> all = new ArrayList<>();
    for (Topics.Place place : topics.places()) {
      for (boolean stored : new boolean[] {true, false}) {
        String reader = name() + (stored ? " of batches" : " of rows");
        all.add(new Reading(place, stored, topics.history().session(reader, place.bucket())));
      }
    }
    readings.addAll(all);
    look();
  }

  /** Asks how far the next bucket reaches. */
  private void look() {
    Reading reading = readings.peekFirst();
    if (reading == null) {
      done = true;
      return;
    }
    offset(
        reading,
        new OffsetSpec.End(),
        end -> offset(reading, new OffsetSpec.Latest(), stable -> page(reading, 0, stable, end)));
  }

  private void offset(Reading reading, OffsetSpec spec, LongConsumer then) {
    waitsFor = spec + " of " + reading.place.bucket();
    ask(
        server,
        Manner.PLAIN,
        "last offset of " + reading.place.bucket(),
        0,
        door -> door.call(each -> each.offset(Principal.ANONYMOUS, reading.place.bucket(), spec)),
        (Answer<Long> answer) -> {
          if (!again(answer, () -> offset(reading, spec, then))) {
            then.accept(answer.value());
          }
        });
  }

  private void page(Reading reading, long position, long stable, long end) {
    if (position >= stable) {
      reading.session.drained(stable, end);
      readings.removeFirst();
      look();
      return;
    }
    waitsFor = "records of " + reading.place.bucket() + " from " + position + " to " + stable;
    FetchRequest request = new FetchRequest(reading.place.bucket(), position, 64 << 10, 0);
    ask(
        server,
        Manner.PLAIN,
        "last fetch of " + reading.place.bucket() + " from " + position,
        0,
        door -> door.transactions().fetch(reading.place.table(), request, reading.stored),
        (Answer<TransactionDoor.Page> answer) -> {
          if (again(answer, () -> page(reading, position, stable, end))) {
            return;
          }
          TransactionDoor.Page page = answer.value();
          reading.session.poll(
              new TransactionHistory.Poll(
                  now(), position, page.nextOffset(), page.stable(), page.reads()));
          if (page.nextOffset() > position) {
            page(reading, page.nextOffset(), stable, end);
          } else {
            later(AGAIN_NANOS, () -> page(reading, position, stable, end));
          }
        });
  }
}
