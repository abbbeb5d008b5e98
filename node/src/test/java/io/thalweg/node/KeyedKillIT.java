package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.Lookuper;
import io.thalweg.client.Row;
import io.thalweg.client.RowScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.Position;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.keyed.ChangelogFold;
import io.thalweg.node.keyed.KeyedHistory;
import io.thalweg.node.keyed.KeyedHistory.TableKey;
import io.thalweg.node.keyed.KeyedLooker;
import io.thalweg.node.keyed.KeyedTable;
import io.thalweg.node.keyed.KeyedWriter;
import io.thalweg.node.process.Await;
import io.thalweg.node.process.ThalwegProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills {@code thalweg dev} repeatedly under writes to and lookups in tables with a primary key,
 * and sometimes deletes its local rows: no acknowledged write is lost or applied twice, no lookup
 * finds less than an earlier one, and the changelog yields the rows. Replay with {@code
 * -Dkill.seed=N}; {@code -Dkill.keyed.count=N} for a longer run.
 */
class KeyedKillIT {
  private static final int ONCE_WRITERS = 2;
  private static final int PLAIN_WRITERS = 1;
  private static final int WRITERS = ONCE_WRITERS + PLAIN_WRITERS;
  private static final int LOOKERS = 2;
  private static final int KILLS = Integer.getInteger("kill.keyed.count", 5);

  /** Every n-th kill hits the process while it starts. */
  private static final int EARLY_ONE_IN = 4;

  /** Every n-th life begins without local rows. */
  private static final int WITHOUT_ROWS_ONE_IN = 3;

  private static final int LONGEST_LIFE_MILLIS = 2_500;

  /** The most writes to wait for before a kill, even if that takes longer than its life. */
  private static final int MOST_WRITES = 3_000;

  @TempDir Path data;

  private final List<Duration> restarts = new ArrayList<>();
  private final List<Duration> resumptions = new ArrayList<>();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final KeyedHistory history = new KeyedHistory();
  private final Map<KeyedTable, ChangelogFold> followers = new EnumMap<>(KeyedTable.class);
  private final List<Future<Void>> clients = new ArrayList<>();
  private final List<Future<Void>> following = new ArrayList<>();

  @Test
  @Timeout(300)
  void rowsSurvive() throws Exception {
    long seed = Long.getLong("kill.seed", System.nanoTime());
    System.out.println("KeyedKillIT: replay with -Dkill.seed=" + seed);
    int port = ThalwegProcess.freePorts(2);
    Random random = new Random(seed);
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      try (ThalwegProcess first = start(port)) {
        assertThat(first.alive()).isTrue();
        createTables(port);
        begin(port, random, threads);
      }
      kill(port, random);
      Map<KeyedTable, Map<Long, Long>> rows;
      try (ThalwegProcess last = start(port)) {
        stopped.set(true);
        for (Future<Void> client : clients) {
          client.get();
        }
        awaitFollowers(port);
        rows = checkAll(port);
        last.kill();
      }
      dropLocalRows();
      try (ThalwegProcess restored = start(port)) {
        assertThat(checkAll(port)).as("rows that were restored").isEqualTo(rows);
        assertThat(restored.alive()).isTrue();
      }
      report(seed, rows);
    } finally {
      stopped.set(true);
      followers.values().forEach(ChangelogFold::stop);
      threads.shutdown();
    }
  }

  private static void createTables(int port) {
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
      for (KeyedTable table : KeyedTable.values()) {
        connection.admin().createTable(TablePath.parse(table.path), table.descriptor(), false);
      }
    }
  }

  /** Returns when all clients have begun and a write was acknowledged. */
  private void begin(int port, Random random, ExecutorService threads) throws Exception {
    CountDownLatch opened = new CountDownLatch(WRITERS + LOOKERS + KeyedTable.values().length);
    for (int i = 1; i <= WRITERS; i++) {
      clients.add(
          threads.submit(
              new KeyedWriter(
                  i, i <= ONCE_WRITERS, random.nextLong(), port, history, opened, stopped::get)));
    }
    for (int i = 0; i < LOOKERS; i++) {
      clients.add(
          threads.submit(
              new KeyedLooker(WRITERS, random.nextLong(), port, history, opened, stopped::get)));
    }
    for (KeyedTable table : KeyedTable.values()) {
      ChangelogFold follower = new ChangelogFold(table, port, opened);
      followers.put(table, follower);
      following.add(threads.submit(follower));
    }
    Await.until(
        ThalwegProcess.PATIENCE,
        () -> "all clients begin: " + clients + following,
        () -> opened.getCount() == 0 && history.acknowledgedWrites() > 0);
  }

  /** Snapshots of rows and downloads are frequent, so that kills hit them. */
  private ThalwegProcess launch(int port) {
    return ThalwegProcess.devToBeKilled(
        data,
        port,
        "--set",
        "server.kv.snapshot.interval=1s",
        "--set",
        "server.kv.restore.lag=100",
        "--set",
        "server.kv.row-cache=1mib",
        "--set",
        "server.kv.write-buffer=4mib");
  }

  private ThalwegProcess start(int port) {
    ThalwegProcess process = launch(port);
    restarts.add(process.awaitReady());
    return process;
  }

  /** Kills it at random moments; except for early kills, only after a write was acknowledged. */
  private void kill(int port, Random random) throws Exception {
    for (int kill = 1; kill <= KILLS; kill++) {
      boolean early = kill % EARLY_ONE_IN == 0;
      boolean withoutRows = kill % WITHOUT_ROWS_ONE_IN == 2;
      if (withoutRows) {
        dropLocalRows();
      }
      int life = random.nextInt(LONGEST_LIFE_MILLIS);
      int writes = early ? 0 : 1 + random.nextInt(MOST_WRITES);
      long before = history.acknowledgedWrites();
      long lookedUp = history.lookups();
      try (ThalwegProcess process = early ? launch(port) : start(port)) {
        if (!early) {
          long ready = System.nanoTime();
          await(process, () -> history.acknowledgedWrites() > before);
          resumptions.add(Duration.ofNanos(System.nanoTime() - ready));
        }
        boolean ended = process.endsWithin(Duration.ofMillis(life));
        if (!early) {
          await(
              process,
              () ->
                  history.acknowledgedWrites() >= before + writes && history.lookups() > lookedUp);
        }
        assertThat(ended || !process.alive()).as("it ended by itself: %s", process).isFalse();
        System.out.printf(
            "KeyedKillIT: kill %d%s %s after %d ms, %d writes and %d lookups since the last%n",
            kill,
            withoutRows ? " of one that began without local rows," : "",
            early
                ? "while it starts,"
                : "ready in " + restarts.get(restarts.size() - 1).toMillis() + " ms,",
            life,
            history.acknowledgedWrites() - before,
            history.lookups() - lookedUp);
      }
      for (List<Future<Void>> each : List.of(clients, following)) {
        for (Future<Void> future : each) {
          if (future.isDone()) {
            future.get();
          }
        }
      }
    }
  }

  /** Waits until writes and lookups continue, or until a failure, which is reported elsewhere. */
  private void await(ThalwegProcess process, BooleanSupplier goOn) {
    Await.until(
        ThalwegProcess.PATIENCE,
        () -> "writes and lookups go on after a restart: " + process,
        () ->
            goOn.getAsBoolean()
                || !process.alive()
                || Stream.concat(clients.stream(), following.stream()).anyMatch(Future::isDone));
  }

  /** Deletes the local rows while no process runs. */
  private void dropLocalRows() {
    Path kv = data.resolve("kv");
    assertThat(kv).isNotEmptyDirectory();
    try (Stream<Path> all = Files.walk(kv)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void awaitFollowers(int port) throws Exception {
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
      followers.forEach(
          (table, follower) -> {
            for (int i = 0; i < KeyedTable.BUCKETS; i++) {
              int bucket = i;
              long end = end(connection, table, bucket);
              Await.until(
                  ThalwegProcess.PATIENCE,
                  () -> table + " is followed to " + follower.end(bucket) + " of " + end,
                  () -> follower.end(bucket) >= end || following.stream().anyMatch(Future::isDone));
            }
          });
    }
    followers.values().forEach(ChangelogFold::stop);
    for (Future<Void> follower : following) {
      follower.get();
    }
  }

  private static long end(ThalwegConnection connection, KeyedTable table, int bucket) {
    return connection.admin().offset(TablePath.parse(table.path), bucket, Position.Named.LATEST);
  }

  /** Checks that scan, lookups, changelog and acknowledgements agree; returns the rows. */
  private Map<KeyedTable, Map<Long, Long>> checkAll(int port) {
    history.checkAcknowledged();
    Map<KeyedTable, Map<Long, Long>> all = new EnumMap<>(KeyedTable.class);
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port)) {
      for (KeyedTable table : KeyedTable.values()) {
        ChangelogFold fold = new ChangelogFold(table, port, new CountDownLatch(1)).readAll();
        followers.get(table).checkSame(fold);
        Map<Long, Long> rows = scan(connection, table, fold);
        assertThat(rows)
            .as("rows of %s, and what its changes come to", table)
            .isEqualTo(fold.rows());
        checkKeys(connection, table, rows);
        all.put(table, rows);
      }
    }
    return all;
  }

  private static Map<Long, Long> scan(
      ThalwegConnection connection, KeyedTable table, ChangelogFold fold) {
    Map<Long, Long> rows = new TreeMap<>();
    try (RowScanner scanner = connection.rows(ScanOptions.all(table.path))) {
      for (List<Row> some = scanner.poll(); !some.isEmpty(); some = scanner.poll()) {
        for (Row row : some) {
          assertThat(rows.put(row.getLong("id"), table.number(row)))
              .as("another row with the key of %s", row)
              .isNull();
        }
      }
      for (int bucket = 0; bucket < KeyedTable.BUCKETS; bucket++) {
        assertThat(scanner.nextOffsets().get(bucket))
            .as("offset of the rows of %s/%s", table, bucket)
            .isEqualTo(fold.end(bucket))
            .isEqualTo(end(connection, table, bucket));
      }
    }
    return rows;
  }

  /** Each written key agrees with its writer's acknowledgements, in the scan and in a lookup. */
  private void checkKeys(ThalwegConnection connection, KeyedTable table, Map<Long, Long> rows) {
    Map<Long, Long> left = new TreeMap<>(rows);
    try (Lookuper lookuper =
        connection.lookuper(TablePath.parse(table.path), KeyedLooker.OPTIONS)) {
      for (TableKey key : history.keys()) {
        if (key.table() == table) {
          Optional<Long> scanned = Optional.ofNullable(left.remove(key.id()));
          history.found(key, history.least(key), scanned);
          assertThat(lookuper.lookup(key.id()).join().map(table::number))
              .as("%s looked up, and scanned", key)
              .isEqualTo(scanned);
        }
      }
    }
    assertThat(left).as("rows of %s that nobody wrote", table).isEmpty();
  }

  private void report(long seed, Map<KeyedTable, Map<Long, Long>> rows) {
    System.out.printf(
        "KeyedKillIT: seed %d, %d kills, %d writes acknowledged, %d unknown, %d lookups, %d and %d"
            + " rows, %d and %d changes%n"
            + "KeyedKillIT: %d restarts to ready: %s; from there to the first write: %s%n",
        seed,
        KILLS + 2,
        history.acknowledgedWrites(),
        history.unknownWrites(),
        history.lookups(),
        rows.get(KeyedTable.LAST).size(),
        rows.get(KeyedTable.SUM).size(),
        changes(KeyedTable.LAST),
        changes(KeyedTable.SUM),
        restarts.size(),
        spread(restarts),
        spread(resumptions));
  }

  private static String spread(List<Duration> durations) {
    List<Long> millis = durations.stream().map(Duration::toMillis).sorted().toList();
    return "median %d ms, slowest %d ms"
        .formatted(millis.get(millis.size() / 2), millis.get(millis.size() - 1));
  }

  private long changes(KeyedTable table) {
    return followers.get(table).end(0) + followers.get(table).end(1);
  }
}
