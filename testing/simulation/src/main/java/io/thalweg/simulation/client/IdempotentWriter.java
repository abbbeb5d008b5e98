package io.thalweg.simulation.client;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.check.History.Send;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * A writer with a stamp: several batches in flight, each sent again with the same sequence, through
 * either server, until it is acknowledged.
 */
final class IdempotentWriter extends Workload.Actor {
  private static final int IN_FLIGHT = 3;

  private static final long BACKOFF_NANOS = Duration.ofMillis(150).toNanos();

  private final Map<TableBucket, Integer> sequences = new TreeMap<>();
  private final ArrayDeque<Flight> flights = new ArrayDeque<>();
  private ServerProcess home;
  private WriterStamp writer;
  private KnownTable table;
  private int bucket;
  private int left;
  private long begun;

  private static final class Flight {
    final long ordinal;
    final Send send;
    final WriterStamp stamp;
    final int padding;
    int tries;
    boolean mayBeStored;

    Flight(long ordinal, Send send, WriterStamp stamp, int padding) {
      this.ordinal = ordinal;
      this.send = send;
      this.stamp = stamp;
      this.padding = padding;
    }
  }

  IdempotentWriter(Workload shared, String name) {
    super(shared, name);
    home = anyServer();
  }

  @Override
  boolean idle() {
    return super.idle() && flights.isEmpty();
  }

  @Override
  public void start() {
    ask(
        anyServer(),
        Manner.ORDERED,
        "openWriter",
        0,
        door -> door.call(server -> server.openWriter(Principal.ANONYMOUS)),
        (Answer<WriterStamp> answer) -> {
          if (answer.ok()) {
            writer = answer.value();
            next(this::campaign);
          } else {
            next(this::start);
          }
        });
  }

  /** Some batches to one bucket. */
  private void campaign() {
    if (roll(10) == 0) {
      // A new life of this client: it knows nothing of its sequences.
      sequences.clear();
      writer = null;
      start();
      return;
    }
    table = shared.anyTable();
    bucket = roll(table.info.bucketCount());
    left = 1 + roll(15);
    fill();
  }

  private void fill() {
    while (left > 0 && hasRoom() && !shared.stopped()) {
      left--;
      TableBucket to = table.bucket(bucket);
      List<Long> values = shared.newValues(1 + roll(5), table.info, bucket);
      int sequence = sequences.getOrDefault(to, 0);
      sequences.put(to, sequence + values.size());
      Flight flight =
          new Flight(
              begun++,
              shared.history().send(name(), to, values, now()),
              new WriterStamp(writer.writerId(), writer.epoch(), sequence),
              roll(6) == 0 ? roll(1_000) : roll(30));
      flights.addLast(flight);
      shared.count("idempotent append");
      attempt(flight);
    }
    if (flights.isEmpty()) {
      next(this::campaign);
    }
  }

  private boolean hasRoom() {
    return flights.isEmpty()
        || (flights.size() < IN_FLIGHT && begun - flights.peekFirst().ordinal < WriterStamp.WINDOW);
  }

  private void attempt(Flight flight) {
    boolean first = flights.peekFirst() == flight;
    KnownTable to = table;
    int number = bucket;
    shared.count("idempotent try");
    ask(
        flight.tries++ == 0 ? home : anyServer(),
        Manner.ORDERED,
        "append " + flight.stamp.writerId() + "/" + flight.stamp.sequence(),
        0,
        door ->
            door.append(
                to.info, OptionalInt.of(number), flight.stamp, flight.send.values, flight.padding),
        answer -> {
          if (flights.contains(flight)) {
            heard(flight, first, answer);
          }
        });
  }

  private void heard(Flight flight, boolean wasFirst, Answer<AppendResult> answer) {
    if (answer.ok()) {
      AppendResult.Part part = answer.value().parts().get(0);
      if (part.bucket() != bucket || part.rowCount() != flight.send.values.size()) {
        shared.findings().add("WRONG_PARTS", flight.send + " was answered with " + part);
      }
      if (part.duplicate()) {
        shared.count("idempotent duplicate recognised");
      }
      flight.send.stored(part.baseOffset(), now());
      shared.reaches(table.bucket(bucket), part.baseOffset() + part.rowCount());
      shared.count("idempotent append acknowledged");
      flights.remove(flight);
      fill();
      return;
    }
    if (answer.error() == ErrorCode.TABLE_NOT_FOUND) {
      abandon(flight, answer);
      return;
    }
    boolean misplaced =
        answer.error() == ErrorCode.OUT_OF_ORDER_SEQUENCE
            || answer.error() == ErrorCode.UNKNOWN_WRITER
            || answer.error() == ErrorCode.WRITER_FENCED;
    if (misplaced && wasFirst) {
      shared.findings().add("IDEMPOTENCE", flight.send + " was first in line and heard " + answer);
    }
    flight.mayBeStored |= answer.error() == ErrorCode.UNKNOWN_OUTCOME;
    home = anyServer();
    later(
        BACKOFF_NANOS,
        () -> {
          if (flights.contains(flight)) {
            attempt(flight);
          }
        });
  }

  private void abandon(Flight flight, Answer<AppendResult> answer) {
    if (!table.mayBeGone) {
      shared.findings().add("FALSE_NOT_FOUND", flight.send + " heard " + answer);
    }
    if (!flight.mayBeStored) {
      flight.send.refused(now());
    }
    flights.clear();
    left = 0;
    fill();
  }
}
