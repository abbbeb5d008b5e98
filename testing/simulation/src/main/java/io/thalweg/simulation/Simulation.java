package io.thalweg.simulation;

import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.check.Findings;
import io.thalweg.simulation.check.History;
import io.thalweg.simulation.check.KeyAnomaly;
import io.thalweg.simulation.check.KeyChecker;
import io.thalweg.simulation.check.KeyHistory;
import io.thalweg.simulation.check.LogChecker;
import io.thalweg.simulation.check.StateChecker;
import io.thalweg.simulation.check.TransactionChecker;
import io.thalweg.simulation.check.TransactionHistory;
import io.thalweg.simulation.client.Finale;
import io.thalweg.simulation.client.KeyedFinale;
import io.thalweg.simulation.client.KnownTable;
import io.thalweg.simulation.client.SimClient;
import io.thalweg.simulation.client.Topics;
import io.thalweg.simulation.client.TransactionFinale;
import io.thalweg.simulation.client.Workload;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.Seams;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.cluster.SimCluster;
import io.thalweg.simulation.cluster.SimParameters;
import io.thalweg.simulation.world.SimNetwork.Manner;
import io.thalweg.simulation.world.Trace;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One run: it starts a cluster, lets clients use it under faults, heals everything, and then checks
 * every promise.
 */
public final class Simulation {
  private static final long SETUP_NANOS = Duration.ofSeconds(20).toNanos();
  private static final long HEALED_NANOS = Duration.ofSeconds(45).toNanos();
  private static final long CLOSED_NANOS = Duration.ofMinutes(1).toNanos();
  private static final long MOST_EVENTS = 5_000_000;
  private static final int FIXED_TABLES = 3;
  private static final TablePath KEYED = TablePath.parse("keyed");
  private static final TablePath PARTITIONED = TablePath.parse("partitioned");

  private final SimScheduler scheduler;
  private final SimParameters parameters;
  private final Seams seams;
  private final Trace trace;
  private final Findings findings = new Findings();
  private final History history = new History();
  private final KeyHistory keyHistory = new KeyHistory();
  private final TransactionHistory transactions = new TransactionHistory();
  private final SimCluster cluster;
  private final Workload workload;
  private final Nemesis nemesis;
  private final Map<String, Long> logged = new TreeMap<>();
  private final Map<String, Long> keyCounts = new TreeMap<>();
  private final Map<String, Long> transactionCounts = new TreeMap<>();

  /**
   * The result of a run.
   *
   * @param hash of all events, the same for the same seed
   * @param findings the violations; empty for a good run
   * @param counts of all actions and faults, by name
   */
  public record Result(long seed, long hash, List<String> findings, Map<String, Long> counts) {
    /** Copies the list. */
    public Result {
      findings = List.copyOf(findings);
    }

    /** Whether there was no finding. */
    public boolean good() {
      return findings.isEmpty();
    }
  }

  private Simulation(long seed, Seams seams, SimCluster[] made, Consumer<String> lines) {
    this.scheduler = new SimScheduler(seed);
    this.parameters = SimParameters.draw(scheduler.random());
    this.seams = seams;
    this.trace = new Trace(scheduler, lines);
    trace.event("parameters", 0, parameters::toString);
    this.cluster = new SimCluster(scheduler, parameters, seams, trace, findings);
    made[0] = cluster;
    this.workload = new Workload(cluster, parameters, history, keyHistory, transactions, findings);
    this.nemesis = new Nemesis(cluster, parameters);
  }

  /** Runs {@code seed} on the system as it is. */
  public static Result run(long seed) {
    return run(seed, Seams.NONE, null);
  }

  /**
   * Runs {@code seed}.
   *
   * @param seams the places for planted bugs
   * @param lines gets the trace; null for none
   */
  public static Result run(long seed, Seams seams, Consumer<String> lines) {
    SimCluster[] made = new SimCluster[1];
    try {
      return new Simulation(seed, seams, made, lines).playAndJudge(seed);
    } finally {
      if (made[0] != null) {
        made[0].close();
      }
    }
  }

  private Result playAndJudge(long seed) {
    try {
      play();
    } catch (RuntimeException | Error failure) {
      StringWriter text = new StringWriter();
      failure.printStackTrace(new PrintWriter(text));
      findings.add(
          "EXCEPTION", "a task threw at " + History.time(scheduler.nanoTime()) + ": " + text);
    }
    try {
      judge();
    } catch (RuntimeException failure) {
      StringWriter text = new StringWriter();
      failure.printStackTrace(new PrintWriter(text));
      findings.add("CHECK", text.toString());
    }
    return new Result(seed, trace.hash(), findings.list(), counts());
  }

  private void play() {
    cluster.start();
    if (!setUp()) {
      return;
    }
    workload.start();
    cluster.beginFaults();
    nemesis.start();
    runUntil(() -> false, parameters.faultNanos());
    trace.event("heal", 0, () -> "everything");
    nemesis.stop();
    workload.stop();
    cluster.endFaults();
    if (!runUntil(() -> workload.busy().isEmpty(), HEALED_NANOS)) {
      findings.add("LIVENESS", "still under way after everything healed: " + workload.busy());
      return;
    }
    if (!finish()) {
      return;
    }
    cluster.servers().forEach(cluster::probe);
    probeCoordinator();
    closeServers();
  }

  /** Runs until {@code done}, at most {@code nanos}; returns whether it got there. */
  private boolean runUntil(BooleanSupplier done, long nanos) {
    long end = scheduler.nanoTime() + nanos;
    while (!done.getAsBoolean()) {
      if (scheduler.nanoTime() >= end) {
        return false;
      }
      if (trace.events() > MOST_EVENTS) {
        throw new IllegalStateException("more than " + MOST_EVENTS + " events");
      }
      scheduler.step();
      trace.ran();
    }
    return true;
  }

  private boolean setUp() {
    SimClient client = new SimClient(cluster, "setup");
    for (int i = 0; i < FIXED_TABLES; i++) {
      make(
          client,
          TablePath.parse("t" + i),
          workload.describe(),
          info -> workload.know(new KnownTable(info)));
    }
    make(client, KEYED, workload.describeKeyed(), workload::knowKeyed);
    make(client, PARTITIONED, workload.describePartitioned(), workload::knowPartitioned);
    for (TablePath path : Topics.PATHS) {
      make(client, path, workload.topics().describe(), workload.topics()::know);
    }
    BooleanSupplier known =
        () ->
            workload.tables().size() == FIXED_TABLES
                && workload.keyed() != null
                && workload.partitioned() != null
                && workload.topics().tables().size() == Topics.PATHS.size()
                && cluster.servers().stream()
                    .allMatch(server -> !server.replica().incarnations().open().isEmpty());
    if (!runUntil(known, SETUP_NANOS)) {
      findings.add("LIVENESS", "the tables could not be made");
      return false;
    }
    return true;
  }

  private void make(
      SimClient client, TablePath path, TableDescriptor descriptor, Consumer<TableInfo> made) {
    client.ask(
        cluster.servers().get(0),
        Manner.ORDERED,
        "createTable " + path,
        0,
        door -> door.call(server -> server.createTable(Principal.ANONYMOUS, path, descriptor)),
        (Answer<TableInfo> answer) -> {
          if (answer.ok()) {
            made.accept(answer.value());
          } else if (answer.error() == ErrorCode.TABLE_EXISTS) {
            // An earlier try, whose answer came too late, made it.
            client.later(100_000_000, () -> find(client, path, descriptor, made));
          } else {
            client.later(100_000_000, () -> make(client, path, descriptor, made));
          }
        });
  }

  private void find(
      SimClient client, TablePath path, TableDescriptor descriptor, Consumer<TableInfo> made) {
    client.ask(
        cluster.servers().get(0),
        Manner.ORDERED,
        "table " + path,
        0,
        door -> door.call(server -> server.table(Principal.ANONYMOUS, path)),
        (Answer<TableInfo> answer) -> {
          if (answer.ok()) {
            made.accept(answer.value());
          } else {
            client.later(100_000_000, () -> make(client, path, descriptor, made));
          }
        });
  }

  private boolean finish() {
    List<Finale> finales = new ArrayList<>();
    cluster
        .coordinator()
        .loop()
        .execute(
            () -> {
              ClusterState state = cluster.coordinator().node().state();
              for (TableInfo table : state.catalog().tables(TablePath.DEFAULT_DATABASE)) {
                if (table.path().equals(KEYED) || Topics.PATHS.contains(table.path())) {
                  continue;
                }
                for (int bucket : table.buckets()) {
                  for (ServerProcess server : cluster.servers()) {
                    finales.add(new Finale(workload, server, table, table.bucket(bucket)));
                  }
                }
                if (table.path().equals(PARTITIONED)
                    && workload.partitioned().lost(table) != null) {
                  findings.add("LOST_PARTITION", workload.partitioned().lost(table).toString());
                }
              }
            });
    runUntil(() -> !finales.isEmpty(), Duration.ofSeconds(10).toNanos());
    List<KeyedFinale> keyed = new ArrayList<>();
    for (int i = 0; i < workload.keyed().info().bucketCount(); i++) {
      for (ServerProcess server : cluster.servers()) {
        keyed.add(new KeyedFinale(workload, server, i));
      }
    }
    List<TransactionFinale> transacting =
        cluster.servers().stream().map(each -> new TransactionFinale(workload, each)).toList();
    finales.forEach(Finale::write);
    keyed.forEach(KeyedFinale::start);
    transacting.forEach(TransactionFinale::write);
    if (!allDone("writes", finales, keyed, transacting)) {
      return false;
    }
    reserveEverything();
    // One server reads from its caches, the other has none.
    cluster.crash(cluster.servers().get(0));
    cluster.start(cluster.servers().get(0));
    finales.forEach(Finale::read);
    keyed.forEach(KeyedFinale::read);
    transacting.forEach(TransactionFinale::read);
    if (!allDone("reads", finales, keyed, transacting)) {
      return false;
    }
    finales.forEach(Finale::crowd);
    keyed.forEach(KeyedFinale::crowd);
    runUntil(() -> false, 1 + scheduler.random().nextInt(20_000_000));
    return true;
  }

  private boolean allDone(
      String what,
      List<Finale> finales,
      List<KeyedFinale> keyed,
      List<TransactionFinale> transacting) {
    BooleanSupplier done =
        () ->
            finales.stream().allMatch(Finale::isDone)
                && keyed.stream().allMatch(KeyedFinale::isDone)
                && transacting.stream().allMatch(TransactionFinale::isDone);
    if (!runUntil(done, HEALED_NANOS)) {
      findings.add(
          "LIVENESS",
          "no "
              + what
              + " after everything healed: "
              + finales.stream().filter(each -> !each.isDone()).toList()
              + keyed.stream().filter(each -> !each.isDone()).toList()
              + transacting.stream().filter(each -> !each.isDone()).toList());
      return false;
    }
    return true;
  }

  /** Checks that all memory for writes is free again, so that no permit was lost. */
  private void reserveEverything() {
    long half = parameters.server().write().memory() / 2;
    for (ServerProcess server : cluster.servers()) {
      SimClient client = new SimClient(cluster, "reserve " + server.name());
      boolean[] granted = new boolean[1];
      client.ask(
          server,
          Manner.PLAIN,
          "reserve",
          HEALED_NANOS,
          door ->
              door.call(
                  each ->
                      each.reserve(half)
                          .thenCombine(
                              each.reserve(half),
                              (one, other) -> {
                                one.close();
                                other.close();
                                return true;
                              })),
          (Answer<Boolean> answer) -> granted[0] = answer.ok());
      if (!runUntil(() -> client.pending() == 0, 2 * HEALED_NANOS) || !granted[0]) {
        findings.add("WRITE_MEMORY", server.name() + " has not got all its write memory back");
      }
    }
  }

  private void probeCoordinator() {
    cluster
        .coordinator()
        .loop()
        .execute(
            () -> {
              ClusterState state = cluster.coordinator().node().state();
              cluster
                  .probes()
                  .add(
                      new StateChecker.Probe(
                          "the coordinator", state.appliedIndex(), state.snapshot()));
            });
    int before = cluster.probes().size();
    runUntil(() -> cluster.probes().size() > before, Duration.ofSeconds(10).toNanos());
  }

  private void closeServers() {
    for (ServerProcess server : cluster.servers()) {
      var unused = server.leave();
    }
    BooleanSupplier empty =
        () -> cluster.servers().stream().allMatch(server -> server.heldBytes() == 0);
    runUntil(() -> false, Duration.ofSeconds(15).toNanos());
    if (!runUntil(empty, CLOSED_NANOS)) {
      for (ServerProcess server : cluster.servers()) {
        if (server.heldBytes() > 0) {
          findings.add(
              "MEMORY", server.name() + " was closed and holds " + server.heldBytes() + " bytes");
        }
      }
    }
  }

  private void judge() {
    StateChecker checker = new StateChecker(parameters.limits(), seams.rules(), findings);
    checker.check(cluster.log().committed(), cluster.probes(), cluster.sightings());
    logged.putAll(checker.counts());
    for (LogChecker.Found found : LogChecker.check(history)) {
      String where =
          findings.count() < 5 ? "\n" + history.around(found.bucket(), found.offset()) : "";
      findings.add(
          found.anomaly().name(), "bucket " + found.bucket() + ": " + found.message() + where);
    }
    judgeKeys();
    judgeTransactions();
  }

  private void judgeTransactions() {
    for (TransactionChecker.Found found : TransactionChecker.check(transactions)) {
      findings.add(found.anomaly().name(), "bucket " + found.bucket() + ": " + found.message());
    }
    transactions
        .outcomes()
        .forEach((outcome, count) -> transactionCounts.put("transactions " + outcome, count));
    transactionCounts.put("transactions' records read", transactions.reads());
  }

  private void judgeKeys() {
    long undecided = 0;
    for (KeyChecker.Found found : KeyChecker.check(keyHistory)) {
      if (found.anomaly() == KeyAnomaly.TOO_MANY_ORDERS) {
        undecided++;
        continue;
      }
      String where = findings.count() < 5 ? "\n" + keyHistory.of(found.bucket(), found.key()) : "";
      findings.add(
          found.anomaly().name(),
          "key " + found.key() + " of bucket " + found.bucket() + ": " + found.message() + where);
    }
    keyCounts.put("key histories", keyHistory.histories());
    keyCounts.put("key histories undecided", undecided);
    keyCounts.put("key operations", keyHistory.size());
    keyCounts.put("key rows expired", keyHistory.expired());
  }

  private Map<String, Long> counts() {
    TreeMap<String, Long> counts = new TreeMap<>();
    counts.put("events", trace.events());
    counts.put("log entries", (long) cluster.log().committed().size());
    counts.put("records read", history.reads());
    counts.put("segment reads torn", cluster.damage().torn());
    counts.put("segment checksums refused", cluster.damage().refused());
    counts.putAll(keyCounts);
    counts.putAll(transactionCounts);
    logged.forEach((what, count) -> counts.put("log " + what, count));
    workload.counts().forEach((what, count) -> counts.put("client " + what, count));
    cluster
        .network()
        .counts()
        .forEach((fault, count) -> counts.put("fault network " + fault, count));
    cluster.log().counts().forEach((fault, count) -> counts.put("fault log " + fault, count));
    cluster
        .store()
        .faultCounts()
        .forEach((fault, count) -> counts.put("fault store " + fault, count));
    counts.put(
        "fault disk row write failed",
        cluster.servers().stream().mapToLong(server -> server.localDisk().failed()).sum());
    nemesis.counts().forEach((action, count) -> counts.put("fault nemesis " + action, count));
    return counts;
  }
}
