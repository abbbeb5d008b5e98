package io.thalweg.simulation.client;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes rows with a stamp: several batches in flight, each sent again with the same sequence until
 * it is acknowledged.
 */
final class IdempotentKeyedWriter extends KeyedClient {
  private static final int IN_FLIGHT = 3;

  private static final long BACKOFF_NANOS = Duration.ofMillis(100).toNanos();

  private final Map<Integer, Integer> sequences = new TreeMap<>();
  private final ArrayDeque<Flight> flights = new ArrayDeque<>();
  private WriterStamp writer;
  private int bucket;
  private int left;
  private long begun;

  private record Flight(long ordinal, Batch batch, WriterStamp stamp, int padding) {}

  IdempotentKeyedWriter(Workload shared, String name) {
    super(shared, name);
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
      start();
      return;
    }
    bucket = roll(table.info.bucketCount());
    left = 1 + roll(12);
    fill();
  }

  private void fill() {
    while (left > 0 && hasRoom() && !shared.stopped()) {
      left--;
      Batch batch = newBatch(bucket, 1 + roll(3));
      int sequence = sequences.getOrDefault(bucket, 0);
      sequences.put(bucket, sequence + batch.rows().size());
      Flight flight =
          new Flight(
              begun++,
              batch,
              new WriterStamp(writer.writerId(), writer.epoch(), sequence),
              roll(6) == 0 ? roll(1_000) : roll(30));
      flights.addLast(flight);
      shared.count("idempotent upsert");
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
    boolean first = flights.peekFirst().ordinal == flight.ordinal;
    int number = bucket;
    ask(
        owner(number),
        Manner.ORDERED,
        "upsert " + flight.stamp.writerId() + "/" + flight.stamp.sequence(),
        0,
        door ->
            door.keyed()
                .upsert(table.info, number, flight.stamp, flight.batch.rows(), flight.padding),
        answer -> heard(flight, first, answer));
  }

  private void heard(Flight flight, boolean wasFirst, Answer<AppendResult> answer) {
    if (answer.ok()) {
      AppendResult.Part part = answer.value().parts().get(0);
      if (part.bucket() != bucket || part.rowCount() != flight.batch.rows().size()) {
        shared.findings().add("WRONG_PARTS", flight + " was answered with " + part);
      }
      if (part.duplicate()) {
        shared.count("idempotent upsert duplicate recognised");
      }
      flight.batch.done(now());
      shared.count("idempotent upsert acknowledged");
      flights.remove(flight);
      fill();
      return;
    }
    boolean misplaced =
        answer.error() == ErrorCode.OUT_OF_ORDER_SEQUENCE
            || answer.error() == ErrorCode.UNKNOWN_WRITER
            || answer.error() == ErrorCode.WRITER_FENCED;
    if (misplaced && wasFirst) {
      shared.findings().add("IDEMPOTENCE", flight + " was first in line and heard " + answer);
    }
    ownerAfter(bucket, answer, BACKOFF_NANOS, () -> attempt(flight));
  }
}
