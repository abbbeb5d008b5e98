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
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Clients of the native protocol, on log tables and on tables with a primary key. One thread. */
final class NativeClients implements RoundClients {
  private static final int ONCE_WRITERS = 4;
  private static final int PLAIN_WRITERS = 2;
  private static final int READERS = 3;
  private static final int ONCE_KEYED = 3;
  private static final int PLAIN_KEYED = 1;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofSeconds(1);

  private final Cluster cluster;
  private final Clock clock;
  private final FaultCounts heard;
  private final PrintStream out;
  private final List<String> violations = new ArrayList<>();
  private final Map<Outcome, Long> outcomes = new TreeMap<>();
  private Round round;
  private long histories;
  private long operations;
  private long rowsRead;

  NativeClients(Cluster cluster, Clock clock, FaultCounts heard, PrintStream out) {
    this.cluster = cluster;
    this.clock = clock;
    this.heard = heard;
    this.out = out;
  }

  @Override
  public void begin(int number) {
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
    round = new Round(cluster, tables, new Recording(clock), keyed, new KeyRecording(clock), heard);
  }

  @Override
  public List<Callable<Void>> clients(
      Random random, BooleanSupplier faultsOver, BooleanSupplier stopped) {
    List<Callable<Void>> clients = new ArrayList<>();
    for (int i = 0; i < ONCE_WRITERS + PLAIN_WRITERS; i++) {
      boolean once = i < ONCE_WRITERS;
      String name = (once ? "once" : "plain") + i;
      clients.add(new WriterClient(name, once, round, dice(random), stopped));
    }
    for (int i = 0; i < READERS; i++) {
      clients.add(new ReaderClient("reader" + i, round, dice(random), stopped));
    }
    for (int i = 0; i < ONCE_KEYED + PLAIN_KEYED; i++) {
      boolean once = i < ONCE_KEYED;
      clients.add(new KeyedClient("keyed" + i, once, round, dice(random), stopped));
    }
    return clients;
  }

  private static Random dice(Random random) {
    return new Random(random.nextLong());
  }

  @Override
  public void killed(int server) {}

  /** Lets running requests end. */
  @Override
  public void afterFaults(BooleanSupplier inTime) {
    Pause.millis(1_000);
  }

  /** Reads back through both servers, whose restarted processes have empty caches. */
  @Override
  public void readBack() {
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

  @Override
  public List<String> judge(int number) {
    Recording recording = round.recording();
    try (KeyRecording keys = round.keys()) {
      List<String> found = new ArrayList<>(violations);
      violations.clear();
      found.addAll(recording.violations());
      found.addAll(keys.violations());
      if (recording.acknowledged() == 0 || keys.acknowledged() == 0) {
        found.add("nothing was acknowledged, so the round proves nothing");
      }
      histories += round.all().stream().mapToInt(TableInfo::bucketCount).sum();
      histories += keys.histories();
      operations += recording.operations() + keys.operations();
      rowsRead += recording.rowsRead();
      recording.outcomes().forEach((outcome, count) -> outcomes.merge(outcome, count, Long::sum));
      out.printf(
          "round %d: %d batches acknowledged, %d rows read, %d writes to %d keys acknowledged%n",
          number,
          recording.acknowledged(),
          recording.rowsRead(),
          keys.acknowledged(),
          keys.histories());
      return found;
    }
  }

  @Override
  public String report() {
    return String.format(
        "%d histories checked, %d operations (sends %s), %d rows read",
        histories, operations, outcomes, rowsRead);
  }
}
