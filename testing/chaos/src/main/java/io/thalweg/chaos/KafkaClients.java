package io.thalweg.chaos;

import io.thalweg.chaos.kafka.KafkaRound;
import io.thalweg.chaos.kafka.KafkaTotals;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.Clock;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;

/**
 * Kafka's clients. When the faults are over, and before the clients end, it kills the server that
 * coordinates a group, and measures how long the group needs. One thread; {@link #killed} on any.
 */
final class KafkaClients implements RoundClients {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration RECOVERS_WITHIN = Duration.ofSeconds(30);
  private static final int DEATHS = 2;
  private static final int STEP_MILLIS = 100;
  private static final List<String> MODES = List.of("inline", "object", "auto");

  private final Cluster cluster;
  private final Clock clock;
  private final FaultCounts faults;
  private final FaultCounts heard;
  private final PrintStream out;
  private final KafkaTotals totals = new KafkaTotals();
  private final List<String> violations = new ArrayList<>();
  private volatile KafkaRound round;

  KafkaClients(
      Cluster cluster, Clock clock, FaultCounts faults, FaultCounts heard, PrintStream out) {
    this.cluster = cluster;
    this.clock = clock;
    this.faults = faults;
    this.heard = heard;
    this.out = out;
  }

  /** Something that fails while processes start. */
  private interface Step<T> {
    T run() throws ExecutionException, InterruptedException;
  }

  private <T> T untilDone(String what, Step<T> step) throws Exception {
    long deadline = clock.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return step.run();
      } catch (ThalwegException | ExecutionException failure) {
        heard.add(what + " heard " + failure.getClass().getSimpleName());
        if (clock.nanoTime() - deadline > 0) {
          throw new IllegalStateException(what + " does not come to an end", failure);
        }
        Pause.millis(STEP_MILLIS);
      }
    }
  }

  @Override
  public void begin(int number) throws Exception {
    KafkaRound next = new KafkaRound(cluster.kafkaAddresses(), number, clock, heard::add);
    List<String> topics = untilDone("making topics", next::makeTopics);
    for (int i = 0; i < topics.size(); i++) {
      String change =
          "SET ('table.segment.max-age' = '2s', 'table.write.mode' = '"
              + MODES.get(i % MODES.size())
              + "')";
      TablePath table = TablePath.parse("kafka/" + topics.get(i));
      untilDone(
          "options of topics",
          () -> {
            try (ThalwegConnection connection = ThalwegConnection.connect(cluster.address(0))) {
              return connection.admin().alterTable(table, change);
            }
          });
    }
    round = next;
  }

  @Override
  public List<Callable<Void>> clients(
      Random random, BooleanSupplier faultsOver, BooleanSupplier stopped) {
    return round.clients(random, faultsOver, stopped);
  }

  @Override
  public void killed(int server) {
    OptionalInt coordinator = round.coordinator();
    if (coordinator.isPresent() && coordinator.getAsInt() == Cluster.kafkaId(server)) {
      faults.add("of these, of the server that coordinates a group");
      round.coordinatorDied(true);
    }
  }

  @Override
  public void afterFaults(BooleanSupplier inTime) throws Exception {
    for (int death = 0; death < DEATHS && inTime.getAsBoolean(); death++) {
      untilDone("counting servers", this::awaitBothServers);
      ChaosProcess coordinator = cluster.server(coordinator());
      faults.add("kill -9 of the server that coordinates a group, and nothing else");
      coordinator.kill();
      round.coordinatorDied(false);
      long deadline = clock.nanoTime() + RECOVERS_WITHIN.toNanos();
      while (!round.recovered() && clock.nanoTime() - deadline < 0) {
        Pause.millis(STEP_MILLIS);
      }
      if (!round.recovered()) {
        violations.add("NOT_RECOVERED: a group without its coordinator, within " + RECOVERS_WITHIN);
      }
      coordinator.up();
    }
  }

  /** Waits until both servers have been there, and the group has a coordinator, for a while. */
  private boolean awaitBothServers() throws ExecutionException, InterruptedException {
    long deadline = clock.nanoTime() + PATIENCE.toNanos();
    int times = 0;
    OptionalInt last = OptionalInt.empty();
    while (times < 5) {
      if (clock.nanoTime() - deadline > 0) {
        throw new IllegalStateException("only " + round.servers() + " servers are there");
      }
      OptionalInt now = round.coordinator();
      boolean quiet = round.servers() == cluster.serverCount() && now.equals(last);
      times = quiet ? times + 1 : 0;
      last = now;
      Pause.millis(5 * STEP_MILLIS);
    }
    return true;
  }

  private int coordinator() {
    int id = round.coordinator().orElseThrow();
    for (int server = 0; server < cluster.serverCount(); server++) {
      if (Cluster.kafkaId(server) == id) {
        return server;
      }
    }
    throw new IllegalStateException("no server has the number " + id);
  }

  /** Reads through each server while it is alone. */
  @Override
  public void readBack() throws Exception {
    for (int i = 0; i < cluster.serverCount(); i++) {
      String through = "last reader through " + cluster.server(i);
      cluster.server(1 - i).kill();
      try {
        untilDone(
            "reading back",
            () -> {
              round.readBack(through);
              return true;
            });
      } catch (IllegalStateException unreadable) {
        violations.add("UNREADABLE: " + unreadable.getMessage() + ": " + unreadable.getCause());
      }
      cluster.server(1 - i).up();
    }
  }

  @Override
  public List<String> judge(int number) {
    out.printf("round %d: %s%n", number, round);
    round.addTo(totals);
    List<String> found = new ArrayList<>(violations);
    violations.clear();
    found.addAll(round.violations());
    return found;
  }

  @Override
  public String report() {
    return totals.toString();
  }
}
