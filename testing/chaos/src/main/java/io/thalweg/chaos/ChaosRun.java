package io.thalweg.chaos;

import io.thalweg.runtime.Clock;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Rounds of faults over one cluster, each read back and checked. One thread drives it. */
final class ChaosRun {
  private static final int MOST_SHOWN = 10;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** How long clients may try what they try when the faults are over. */
  private static final Duration AFTER_FAULTS = Duration.ofMinutes(1);

  /** The exit code of a process whose state is in doubt. */
  private static final String IN_DOUBT = "ended by itself with 70";

  private final Cluster cluster;
  private final Random random;
  private final Clock clock;
  private final PrintStream out;
  private final boolean lyingStore;
  private final FaultCounts faults;
  private final FaultCounts heard;
  private final List<RoundClients> clients;
  private final List<String> violations = new ArrayList<>();

  /**
   * @param heard counts what the clients hear
   * @param lyingStore whether, instead of all other faults, the object store lies, which the checks
   *     must notice
   */
  ChaosRun(
      Cluster cluster,
      Random random,
      Clock clock,
      FaultCounts faults,
      FaultCounts heard,
      List<RoundClients> clients,
      boolean lyingStore) {
    this.cluster = cluster;
    this.random = random;
    this.clock = clock;
    this.faults = faults;
    this.heard = heard;
    this.clients = List.copyOf(clients);
    this.lyingStore = lyingStore;
    this.out = System.out;
  }

  /** One round; faults last for {@code faultTime}, reading back and checking come on top. */
  void round(int number, Duration faultTime) throws Exception {
    for (RoundClients each : clients) {
      each.begin(number);
    }
    play(faultTime);
    for (RoundClients each : clients) {
      violations.addAll(each.judge(number));
    }
    out.printf("round %d is over, %d violations so far%n", number, violations.size());
  }

  private void play(Duration faultTime) throws Exception {
    AtomicBoolean faultsOver = new AtomicBoolean();
    AtomicBoolean clientsOver = new AtomicBoolean();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<?>> running = new ArrayList<>();
      for (RoundClients each : clients) {
        for (Callable<Void> client : each.clients(random, faultsOver::get, clientsOver::get)) {
          running.add(threads.submit(client));
        }
      }
      trouble(threads, faultTime, faultsOver);
      long deadline = clock.nanoTime() + AFTER_FAULTS.toNanos();
      for (RoundClients each : clients) {
        each.afterFaults(() -> clock.nanoTime() - deadline < 0);
      }
      clientsOver.set(true);
      for (Future<?> client : running) {
        finish(client, "a client");
      }
      readBack();
    } finally {
      faultsOver.set(true);
      clientsOver.set(true);
      threads.shutdown();
    }
  }

  private void readBack() throws Exception {
    for (int i = 0; i < cluster.serverCount(); i++) {
      cluster.server(i).kill();
      cluster.server(i).up();
    }
    for (RoundClients each : clients) {
      each.readBack();
    }
  }

  private Random dice() {
    return new Random(random.nextLong());
  }

  private void trouble(ExecutorService threads, Duration faultTime, AtomicBoolean over)
      throws Exception {
    Nemesis nemesis =
        new Nemesis(
            cluster, faults, over::get, server -> clients.forEach(each -> each.killed(server)));
    Random processDice = dice();
    Random storeDice = dice();
    List<Future<?>> schedules = new ArrayList<>();
    if (lyingStore) {
      schedules.add(threads.submit(nemesis::makeStoreLie));
    } else {
      schedules.add(
          threads.submit(
              () -> {
                nemesis.troubleProcesses(processDice);
                return null;
              }));
      schedules.add(threads.submit(() -> nemesis.troubleStore(storeDice)));
    }
    Pause.millis(faultTime.toMillis());
    over.set(true);
    for (Future<?> schedule : schedules) {
      finish(schedule, "a schedule of faults");
    }
  }

  private void finish(Future<?> future, String what) throws Exception {
    try {
      future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      violations.add(what + " failed: " + failed.getCause());
      failed.getCause().printStackTrace(out);
    } catch (TimeoutException hangs) {
      violations.add(what + " did not end within " + PATIENCE + " after the faults");
    }
  }

  /**
   * Prints a report; returns whether there was no violation.
   *
   * @param all the file that gets all violations
   */
  boolean report(Path all) throws IOException {
    for (ChaosProcess process : cluster.processes()) {
      process.ends().stream()
          .filter(end -> end.endsWith(IN_DOUBT) && process != cluster.coordinator())
          .forEach(end -> violations.add(end + "; it said:\n" + process.lastWords(30)));
    }
    out.println("faults injected:");
    out.print(faults);
    out.println("what clients heard:");
    out.print(heard);
    Map<String, Integer> ends = new TreeMap<>();
    cluster
        .processes()
        .forEach(process -> process.ends().forEach(end -> ends.merge(end, 1, Integer::sum)));
    ends.forEach((end, count) -> out.printf("%12d  %s%n", count, end));
    clients.forEach(each -> out.println(each.report()));
    out.println(violations.size() + " violations");
    Files.write(all, violations);
    violations.stream().limit(MOST_SHOWN).forEach(out::println);
    if (violations.size() > MOST_SHOWN) {
      out.println("and " + (violations.size() - MOST_SHOWN) + " more, in " + all);
    }
    return violations.isEmpty();
  }
}
