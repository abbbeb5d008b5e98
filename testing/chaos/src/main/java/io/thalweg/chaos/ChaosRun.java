package io.thalweg.chaos;

import io.thalweg.client.LogScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.simulation.check.History.Outcome;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** Rounds of faults over one cluster, each read back and checked. One thread drives it. */
final class ChaosRun {
  private static final int ONCE_WRITERS = 4;
  private static final int PLAIN_WRITERS = 2;
  private static final int READERS = 3;
  private static final int ONCE_KEYED = 3;
  private static final int PLAIN_KEYED = 1;
  private static final int MOST_SHOWN = 10;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofSeconds(1);

  /** The exit code of a process whose state is in doubt. */
  private static final String IN_DOUBT = "ended by itself with 70";

  private final Cluster cluster;
  private final Random random;
  private final Clock clock;
  private final PrintStream out;
  private final boolean lyingStore;
  private final FaultCounts faults;
  private final FaultCounts heard = new FaultCounts();
  private final List<String> violations = new ArrayList<>();
  private long histories;
  private long operations;
  private long rowsRead;
  private final Map<Outcome, Long> outcomes = new TreeMap<>();

  /**
   * @param lyingStore whether, instead of all other faults, the object store lies, which the checks
   *     must notice
   */
  ChaosRun(
      Cluster cluster,
      Random random,
      Clock clock,
      FaultCounts faults,
      PrintStream out,
      boolean lyingStore) {
    this.lyingStore = lyingStore;
    this.cluster = cluster;
    this.random = random;
    this.clock = clock;
    this.faults = faults;
    this.out = out;
  }

  /** One round; faults last for {@code faultTime}, reading back and checking come on top. */
  void round(int number, Duration faultTime) throws Exception {
    Tables tables =
        untilDone(
            "making tables",
            () -> {
              try (ThalwegConnection connection = ThalwegConnection.connect(cluster.address(0))) {
                return Tables.create(connection.admin(), number);
              }
            });
    KeyedTables keyed =
        untilDone(
            "making tables with a primary key",
            () -> {
              try (ThalwegConnection connection = ThalwegConnection.connect(cluster.address(0))) {
                return KeyedTables.create(connection.admin(), number);
              }
            });
    try (KeyRecording keys = new KeyRecording(clock)) {
      Recording recording = new Recording(clock);
      play(new Round(cluster, tables, recording, keyed, keys, heard), faultTime);
      judge(number, recording, tables, keys);
    }
  }

  private void play(Round round, Duration faultTime) throws Exception {
    AtomicBoolean faultsOver = new AtomicBoolean();
    AtomicBoolean clientsOver = new AtomicBoolean();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < ONCE_WRITERS + PLAIN_WRITERS; i++) {
        String name = (i < ONCE_WRITERS ? "once" : "plain") + i;
        clients.add(
            threads.submit(
                new WriterClient(name, i < ONCE_WRITERS, round, dice(), clientsOver::get)));
      }
      for (int i = 0; i < READERS; i++) {
        clients.add(
            threads.submit(new ReaderClient("reader" + i, round, dice(), clientsOver::get)));
      }
      for (int i = 0; i < ONCE_KEYED + PLAIN_KEYED; i++) {
        boolean once = i < ONCE_KEYED;
        clients.add(
            threads.submit(new KeyedClient("keyed" + i, once, round, dice(), clientsOver::get)));
      }
      trouble(threads, faultTime, faultsOver);
      // There are no faults any more; running requests end.
      Pause.millis(1_000);
      clientsOver.set(true);
      for (Future<?> client : clients) {
        finish(client, "a client");
      }
      readBack(round);
    } finally {
      faultsOver.set(true);
      clientsOver.set(true);
      threads.shutdown();
    }
  }

  private Random dice() {
    return new Random(random.nextLong());
  }

  private void trouble(ExecutorService threads, Duration faultTime, AtomicBoolean over)
      throws Exception {
    Nemesis nemesis = new Nemesis(cluster, faults, over::get);
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
      future.get(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      violations.add(what + " failed: " + failed.getCause());
      failed.getCause().printStackTrace(out);
    } catch (java.util.concurrent.TimeoutException hangs) {
      violations.add(what + " did not end within " + PATIENCE + " after the faults");
    }
  }

  /** Reads back through both servers, whose restarted processes have empty caches. */
  private void readBack(Round round) {
    for (int i = 0; i < cluster.serverCount(); i++) {
      cluster.server(i).kill();
      cluster.server(i).up();
    }
    for (int i = 0; i < cluster.serverCount(); i++) {
      int server = i;
      for (TableInfo table : round.all()) {
        try {
          untilDone("reading back " + table.path(), () -> readAll(server, table, round));
        } catch (IllegalStateException unreadable) {
          violations.add("UNREADABLE: " + unreadable.getMessage() + ": " + unreadable.getCause());
        }
      }
      for (TableInfo table : round.keyed().list()) {
        try {
          untilDone("reading back " + table.path(), () -> readKeys(server, table, round));
        } catch (IllegalStateException unreadable) {
          violations.add("UNREADABLE: " + unreadable.getMessage() + ": " + unreadable.getCause());
        }
      }
    }
  }

  private boolean readKeys(int server, TableInfo table, Round round) {
    try (ThalwegConnection connection = ThalwegConnection.connect(cluster.address(server))) {
      new KeyedReadBack(connection, "last reader through " + server, round.keys(), clock)
          .read(table, PATIENCE);
      return true;
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof ThalwegException known ? known : failed;
    }
  }

  private boolean readAll(int server, TableInfo table, Round round) {
    Recording recording = round.recording();
    try (ThalwegConnection connection = ThalwegConnection.connect(cluster.address(server))) {
      Map<Integer, Long> start = new TreeMap<>();
      Map<Integer, Long> end = new TreeMap<>();
      for (int bucket = 0; bucket < table.bucketCount(); bucket++) {
        start.put(bucket, 0L);
        end.put(bucket, ReaderClient.latest(connection, table, bucket, recording));
      }
      Map<Integer, Recording.Reading> readings =
          ReaderClient.begin("last reader through " + server, table, start, recording);
      ScanOptions all = ScanOptions.all(table.path().toString());
      try (LogScanner scanner = connection.scanner(all)) {
        long deadline = clock.nanoTime() + PATIENCE.toNanos();
        while (!scanner.finished()) {
          if (clock.nanoTime() - deadline > 0) {
            throw new IllegalStateException(
                table.path() + " is read to " + scanner.positions() + " only, of " + end);
          }
          ReaderClient.take(scanner.poll(POLL), readings, recording);
        }
        end.forEach(
            (bucket, latest) -> {
              if (scanner.positions().get(bucket) < latest) {
                throw new IllegalStateException(
                    table.path() + " ended at " + scanner.positions() + " instead of " + end);
              }
              recording.drained(Tables.bucket(table, bucket));
            });
      }
      return true;
    }
  }

  /** Tries again after temporary errors, because processes are starting. */
  private <T> T untilDone(String what, Supplier<T> work) {
    long deadline = clock.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return work.get();
      } catch (ThalwegException failure) {
        if (clock.nanoTime() - deadline > 0 || !failure.retryable()) {
          throw new IllegalStateException(what + " does not come to an end", failure);
        }
        Pause.millis(200);
      }
    }
  }

  private void judge(int number, Recording recording, Tables tables, KeyRecording keys) {
    List<String> found = new ArrayList<>(recording.violations());
    found.addAll(keys.violations());
    if (recording.acknowledged() == 0 || keys.acknowledged() == 0) {
      found.add("nothing was acknowledged, so the round proves nothing");
    }
    violations.addAll(found);
    histories += tables.list().stream().mapToInt(TableInfo::bucketCount).sum();
    histories += keys.histories();
    operations += recording.operations() + keys.operations();
    rowsRead += recording.rowsRead();
    recording.outcomes().forEach((outcome, count) -> outcomes.merge(outcome, count, Long::sum));
    out.printf(
        "round %d: %d batches acknowledged, %d rows read, %d writes to %d keys acknowledged,"
            + " %d violations so far%n",
        number,
        recording.acknowledged(),
        recording.rowsRead(),
        keys.acknowledged(),
        keys.histories(),
        violations.size());
  }

  /** Prints a report; returns whether there was no violation. */
  boolean report() {
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
    out.printf(
        "%d histories checked, %d operations (sends %s), %d rows read, %d violations%n",
        histories, operations, outcomes, rowsRead, violations.size());
    violations.stream().limit(MOST_SHOWN).forEach(out::println);
    if (violations.size() > MOST_SHOWN) {
      out.println("and " + (violations.size() - MOST_SHOWN) + " more");
    }
    return violations.isEmpty();
  }
}
