package io.thalweg.simulation.client;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.check.TransactionHistory.Batch;
import io.thalweg.simulation.check.TransactionHistory.Transaction;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.cluster.TransactionDoor;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A transactional writer that behaves as Kafka's producer does: it sends each batch again with the
 * same sequence until it is acknowledged, and asks for the end until it knows it. It speaks the
 * protocol in which each end begins an epoch, or the older one. Sometimes it takes the name of
 * another such client, or stops for a while, and so one of them becomes a zombie.
 */
final class TransactionalClient extends Workload.Actor {
  private static final long BACKOFF_NANOS = Duration.ofMillis(150).toNanos();
  private static final long PAUSE_NANOS = Duration.ofMillis(1_500).toNanos();
  private static final List<Integer> TIMEOUTS_SECONDS = List.of(1, 3, 60, 60);

  private final Topics topics;
  private final String ownName;
  private final Map<TableBucket, Integer> sequences = new TreeMap<>();
  private ServerProcess home;
  private String name;
  private WriterStamp writer;
  private boolean bumps;
  private Running running;

  /** A transaction that is not over for this client. */
  private static final class Running {
    final Transaction noted;
    final List<Topics.Place> places;
    final boolean commits;
    final List<Flight> flights = new ArrayList<>();
    boolean ending;

    /** Whether an earlier request for the end may have been done, or may be yet. */
    boolean mayHaveEnded;

    Running(Transaction noted, List<Topics.Place> places, boolean commits) {
      this.noted = noted;
      this.places = places;
      this.commits = commits;
    }
  }

  private record Flight(Topics.Place place, Batch batch, WriterStamp stamp, int padding) {}

  TransactionalClient(Workload shared, int number) {
    super(shared, "transactional" + number);
    this.topics = shared.topics();
    this.ownName = Topics.NAMES.get(number);
    this.home = anyServer();
  }

  @Override
  boolean idle() {
    return super.idle() && running == null;
  }

  @Override
  public void start() {
    next(this::open);
  }

  private void open() {
    if (name == null) {
      boolean other = roll(6) == 0;
      name = other ? Topics.NAMES.get(roll(Topics.NAMES.size())) : ownName;
    }
    String as = name;
    Optional<WriterStamp> before =
        writer == null || roll(2) == 0 ? Optional.empty() : Optional.of(writer);
    Duration timeout = Duration.ofSeconds(TIMEOUTS_SECONDS.get(roll(TIMEOUTS_SECONDS.size())));
    ask(
        anyServer(),
        Manner.ORDERED,
        "open " + as,
        0,
        door ->
            door.call(
                server -> server.transactions().open(Principal.ANONYMOUS, as, timeout, before)),
        (Answer<WriterStamp> answer) -> {
          if (answer.ok()) {
            writer = answer.value();
            bumps = roll(2) == 0;
            sequences.clear();
            shared.count("transactions opened");
            next(this::transact);
            return;
          }
          if (isOver(answer)) {
            writer = null;
          }
          next(this::open);
        });
  }

  /** Whether the writer's epoch, or its transaction, is not the current one any more. */
  private static boolean isOver(Answer<?> answer) {
    return answer.error() == ErrorCode.WRITER_FENCED
        || answer.error() == ErrorCode.UNKNOWN_WRITER
        || answer.error() == ErrorCode.INVALID_TRANSACTION;
  }

  private void transact() {
    if (roll(12) == 0) {
      // Another life of this client, maybe by another name.
      name = null;
      writer = null;
      open();
      return;
    }
    if (roll(6) == 0) {
      appendAlone();
      return;
    }
    List<Topics.Place> places = new ArrayList<>(topics.places());
    int count = Math.min(places.size(), 1 + roll(3));
    while (places.size() > count) {
      places.remove(roll(places.size()));
    }
    Running now =
        new Running(
            topics.history().begin(name + " by " + name() + " " + writer, now()),
            places,
            roll(4) > 0);
    running = now;
    shared.count("transaction");
    if (bumps) {
      send(now);
    } else {
      join(now);
    }
  }

  /** A batch of no transaction, between the others'. */
  private void appendAlone() {
    Topics.Place place = topics.anyPlace();
    List<Long> values = shared.newValues(1 + roll(3));
    Transaction alone = topics.history().begin("none for " + values, now());
    Batch batch = alone.send(place.bucket(), values);
    alone.commits(now());
    ask(
        home,
        Manner.ORDERED,
        "append to " + place.bucket(),
        0,
        door ->
            door.transactions()
                .append(
                    place.table(), place.number(), Optional.empty(), WriterStamp.NONE, values, 0),
        (Answer<AppendResult.Part> answer) -> {
          if (answer.ok()) {
            batch.stored(answer.value().baseOffset());
            alone.committed();
          } else if (answer.error() != ErrorCode.UNKNOWN_OUTCOME) {
            alone.aborted();
          }
          next(this::transact);
        });
  }

  private void join(Running now) {
    WriterStamp as = writer;
    String by = name;
    List<TableBucket> buckets = now.places.stream().map(Topics.Place::bucket).toList();
    ask(
        anyServer(),
        Manner.ORDERED,
        "join " + by,
        0,
        door ->
            door.call(server -> server.transactions().join(Principal.ANONYMOUS, by, as, buckets)),
        (Answer<Void> answer) -> {
          if (answer.ok()) {
            send(now);
          } else if (isOver(answer)) {
            leave(now, answer);
          } else {
            later(BACKOFF_NANOS, () -> join(now));
          }
        });
  }

  private void send(Running now) {
    for (Topics.Place place : now.places) {
      for (int i = 1 + roll(3); i > 0; i--) {
        List<Long> values = shared.newValues(1 + roll(4));
        int sequence = sequences.getOrDefault(place.bucket(), 0);
        sequences.put(place.bucket(), sequence + values.size());
        now.flights.add(
            new Flight(
                place,
                now.noted.send(place.bucket(), values),
                new WriterStamp(writer.writerId(), writer.epoch(), sequence),
                roll(6) == 0 ? roll(1_000) : roll(20)));
      }
    }
    if (roll(8) == 0) {
      shared.count("transaction paused");
      Flight last = now.flights.get(now.flights.size() - 1);
      now.flights.stream()
          .filter(each -> !each.equals(last))
          .toList()
          .forEach(each -> attempt(now, each));
      later(PAUSE_NANOS, () -> again(now, last));
    } else {
      List.copyOf(now.flights).forEach(each -> attempt(now, each));
    }
  }

  private void again(Running now, Flight flight) {
    if (running == now && !now.ending && now.flights.contains(flight)) {
      attempt(now, flight);
    }
  }

  private void attempt(Running now, Flight flight) {
    boolean first =
        now.flights.stream()
            .filter(each -> each.place.equals(flight.place))
            .findFirst()
            .orElseThrow()
            .equals(flight);
    TransactionDoor.Part part = new TransactionDoor.Part(name, bumps);
    Topics.Place to = flight.place;
    ask(
        home,
        Manner.ORDERED,
        "append " + flight.stamp.writerId() + "/" + flight.stamp.sequence() + " to " + to.bucket(),
        0,
        door ->
            door.transactions()
                .append(
                    to.table(),
                    to.number(),
                    Optional.of(part),
                    flight.stamp,
                    flight.batch.values,
                    flight.padding),
        answer -> {
          if (running == now && !now.ending && now.flights.contains(flight)) {
            heard(now, flight, first, answer);
          }
        });
  }

  private void heard(
      Running now, Flight flight, boolean wasFirst, Answer<AppendResult.Part> answer) {
    if (answer.ok()) {
      flight.batch.stored(answer.value().baseOffset());
      if (answer.value().duplicate()) {
        shared.count("transactional duplicate recognised");
      }
      now.flights.remove(flight);
      if (now.flights.isEmpty()) {
        end(now);
      } else if (!now.commits && roll(3) == 0) {
        // Batches are still on their way. By the older protocol they could come into the next one.
        if (bumps) {
          end(now);
        } else {
          leave(now, answer);
        }
      }
      return;
    }
    boolean misplaced =
        answer.error() == ErrorCode.OUT_OF_ORDER_SEQUENCE
            || answer.error() == ErrorCode.UNKNOWN_WRITER;
    if (misplaced && !wasFirst) {
      later(BACKOFF_NANOS, () -> again(now, flight));
    } else if (answer.error() == ErrorCode.OUT_OF_ORDER_SEQUENCE
        || answer.error() == ErrorCode.TABLE_NOT_FOUND) {
      shared.findings().add("IDEMPOTENCE", flight + " was first in line and heard " + answer);
      leave(now, answer);
    } else if (isOver(answer)) {
      leave(now, answer);
    } else {
      home = anyServer();
      later(BACKOFF_NANOS, () -> again(now, flight));
    }
  }

  private void end(Running now) {
    now.ending = true;
    if (now.commits) {
      now.noted.commits(now());
    }
    WriterStamp as = writer;
    String by = name;
    boolean newEpoch = bumps;
    ask(
        anyServer(),
        Manner.ORDERED,
        (now.commits ? "commit " : "abort ") + by,
        0,
        door ->
            door.call(
                server ->
                    server.transactions().end(Principal.ANONYMOUS, by, as, now.commits, newEpoch)),
        (Answer<WriterStamp> answer) -> heardEnd(now, answer));
  }

  private void heardEnd(Running now, Answer<WriterStamp> answer) {
    if (answer.ok()) {
      if (now.commits) {
        now.noted.committed();
      } else {
        now.noted.aborted();
      }
      shared.count(now.commits ? "transaction committed" : "transaction aborted");
      running = null;
      if (bumps) {
        writer = answer.value();
        sequences.clear();
      }
      // By the older protocol an end that comes late would end the next transaction.
      next(!bumps && now.mayHaveEnded ? this::open : this::transact);
      return;
    }
    if (answer.error() == ErrorCode.UNKNOWN_OUTCOME) {
      now.mayHaveEnded = true;
    }
    if (isOver(answer) || roll(10) == 0) {
      if (!now.mayHaveEnded) {
        now.noted.aborted();
      } else if (now.commits) {
        shared.count("transaction of unknown end");
      }
      leave(now, answer);
    } else {
      later(BACKOFF_NANOS, () -> end(now));
    }
  }

  /** Gives the transaction up: opening anew ends it, if it is open still. */
  private void leave(Running now, Answer<?> answer) {
    if (running == now) {
      shared.count("transaction left " + (answer.ok() ? "by its writer" : answer.error()));
      running = null;
      if (answer.error() == ErrorCode.WRITER_FENCED) {
        name = null; // else two clients of one name would fence each other for ever
        writer = null;
      }
      next(this::open);
    }
  }
}
