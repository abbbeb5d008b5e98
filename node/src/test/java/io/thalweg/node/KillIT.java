package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.Await;
import io.thalweg.node.process.ChaosWriter;
import io.thalweg.node.process.NumberedRows;
import io.thalweg.node.process.RawFlight;
import io.thalweg.node.process.SendHistory;
import io.thalweg.node.process.SendHistory.Slot;
import io.thalweg.node.process.TailReader;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills {@code thalweg dev} under load repeatedly: all that it acknowledged is stored, once, in
 * order. Replay with {@code -Dkill.seed=N}; {@code -Dkill.count=N} for a longer run.
 */
class KillIT {
  private static final List<String> MODES = List.of("inline", "object", "auto");
  private static final int BUCKETS = 2;
  private static final int RETRYING_WRITERS = 4;
  private static final int PLAIN_WRITERS = 2;
  private static final int KILLS = Integer.getInteger("kill.count", 24);

  /** Every n-th kill hits the process while it starts. */
  private static final int EARLY_ONE_IN = 4;

  private static final int LONGEST_LIFE_MILLIS = 2_000;

  /** The most batches to wait for before a kill, even if that takes longer than its life. */
  private static final int MOST_BATCHES = 200;

  private static final int LONGEST_EARLY_LIFE_MILLIS = 2_000;
  private static final Duration SLOW_RESTART = Duration.ofSeconds(5);

  @TempDir Path data;

  private final List<Duration> restarts = new ArrayList<>();
  private Duration slowest = Duration.ZERO;
  private String slowestOutput = "";

  @Test
  @Timeout(600)
  void whatWasAcknowledgedSurvives() throws Exception {
    long seed = Long.getLong("kill.seed", System.nanoTime());
    System.out.println("KillIT: replay with -Dkill.seed=" + seed);
    int port = ThalwegProcess.freePorts(2);
    List<Slot> slots = slots();
    createTables(port);

    Random random = new Random(seed);
    SendHistory history = new SendHistory();
    AtomicBoolean stopped = new AtomicBoolean();
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Future<Void>> running = new ArrayList<>();
    List<Future<Void>> reading = new ArrayList<>();
    List<TailReader> readers = new ArrayList<>();
    for (String mode : MODES) {
      readers.add(new TailReader(table(mode), BUCKETS, random.nextLong(), port));
    }
    for (int i = 0; i < RETRYING_WRITERS + PLAIN_WRITERS; i++) {
      boolean retries = i < RETRYING_WRITERS;
      running.add(
          threads.submit(
              new ChaosWriter(
                  i + 1, retries, random.nextLong(), port, slots, history, stopped::get)));
    }
    readers.forEach(reader -> reading.add(threads.submit(reader)));
    try {
      kill(port, random, history, running, reading);
      try (ThalwegProcess last = start(port)) {
        stopped.set(true);
        for (Future<Void> writer : running) {
          writer.get();
        }
        awaitReaders(port, slots, readers, reading);
        readers.forEach(TailReader::stop);
        for (Future<Void> reader : reading) {
          reader.get();
        }
        last.kill();
      }
      long rows = checkAll(port, slots, history, readers);
      report(seed, history, rows, readers);
    } finally {
      stopped.set(true);
      readers.forEach(TailReader::stop);
      threads.shutdown();
    }
  }

  private static String table(String mode) {
    return "default.kill_" + mode;
  }

  private static List<Slot> slots() {
    List<Slot> slots = new ArrayList<>();
    for (String mode : MODES) {
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        slots.add(new Slot(slots.size(), table(mode), bucket));
      }
    }
    return slots;
  }

  private void createTables(int port) {
    try (ThalwegProcess process = start(port);
        RawFlight flight = new RawFlight(port)) {
      assertThat(process.alive()).isTrue();
      for (String mode : MODES) {
        flight.createTable(
            table(mode),
            NumberedRows.COLUMNS,
            BUCKETS,
            Map.of("table.write.mode", mode, "table.segment.max-age", "1s"));
      }
    }
  }

  private ThalwegProcess launch(int port) {
    return ThalwegProcess.devToBeKilled(data, port);
  }

  private ThalwegProcess start(int port) {
    ThalwegProcess process = launch(port);
    Duration took = process.awaitReady();
    restarts.add(took);
    if (took.compareTo(slowest) > 0) {
      slowest = took;
      slowestOutput = process.output();
    }
    return process;
  }

  /** Kills it at random moments; except for early kills, only after a batch was acknowledged. */
  private void kill(
      int port,
      Random random,
      SendHistory history,
      List<Future<Void>> running,
      List<Future<Void>> reading)
      throws Exception {
    for (int kill = 1; kill <= KILLS; kill++) {
      boolean early = kill % EARLY_ONE_IN == 0;
      int life = random.nextInt(early ? LONGEST_EARLY_LIFE_MILLIS : LONGEST_LIFE_MILLIS);
      int batches = early ? 0 : 1 + random.nextInt(MOST_BATCHES);
      long before = history.acknowledgedBatches();
      try (ThalwegProcess process = early ? launch(port) : start(port)) {
        boolean ended = process.endsWithin(Duration.ofMillis(life));
        Await.until(
            ThalwegProcess.PATIENCE,
            () -> "appends go on after a restart: " + process,
            () -> history.acknowledgedBatches() >= before + batches || !process.alive());
        assertThat(ended || !process.alive()).as("it ended by itself: %s", process).isFalse();
        System.out.printf(
            "KillIT: kill %d %s after %d ms, %d batches since the last%n",
            kill,
            early ? "while it starts," : "ready in " + last(restarts).toMillis() + " ms,",
            life,
            history.acknowledgedBatches() - before);
      }
      for (List<Future<Void>> each : List.of(running, reading)) {
        for (Future<Void> future : each) {
          if (future.isDone()) {
            future.get();
          }
        }
      }
    }
  }

  private static Duration last(List<Duration> durations) {
    return durations.get(durations.size() - 1);
  }

  private static void awaitReaders(
      int port, List<Slot> slots, List<TailReader> readers, List<Future<Void>> reading) {
    try (RawFlight flight = new RawFlight(port)) {
      for (Slot slot : slots) {
        long end = flight.endOffset(slot.table(), slot.bucket());
        TailReader reader = readers.get(slot.number() / BUCKETS);
        Await.until(
            ThalwegProcess.PATIENCE,
            () -> reader + " has read " + reader.seen(slot.bucket()) + " of " + end,
            () ->
                reader.seen(slot.bucket()) >= end || reading.get(slot.number() / BUCKETS).isDone());
      }
    }
  }

  /** Reads everything back from a process with empty caches; returns how many rows. */
  private long checkAll(int port, List<Slot> slots, SendHistory history, List<TailReader> readers) {
    long rows = 0;
    try (ThalwegProcess process = start(port);
        RawFlight flight = new RawFlight(port)) {
      assertThat(process.alive()).isTrue();
      for (Slot slot : slots) {
        long[] ids = scan(flight, slot);
        history.check(slot, ids);
        assertThat(readers.get(slot.number() / BUCKETS).ids(slot.bucket()))
            .as("what the reader of %s has seen", slot)
            .isEqualTo(ids);
        rows += ids.length;
      }
    }
    return rows;
  }

  private static long[] scan(RawFlight flight, Slot slot) {
    LongStream.Builder ids = LongStream.builder();
    long[] next = {0};
    flight.scan(
        new ScanTicket(
            TablePath.parse(slot.table()),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.of(slot.bucket()),
            Position.Named.EARLIEST,
            Position.Named.LATEST,
            Long.MAX_VALUE),
        (root, progress) ->
            progress
                .orElseThrow()
                .range()
                .ifPresent(
                    range -> {
                      assertThat(range.baseOffset()).as("%s", slot).isEqualTo(next[0]);
                      for (long id : NumberedRows.check(root)) {
                        ids.add(id);
                        next[0]++;
                      }
                      assertThat(range.nextOffset()).as("%s", slot).isEqualTo(next[0]);
                    }));
    return ids.build().toArray();
  }

  private void report(long seed, SendHistory history, long rows, List<TailReader> readers) {
    List<Long> millis = restarts.stream().map(Duration::toMillis).sorted().toList();
    System.out.printf(
        "KillIT: seed %d, %d kills, %d rows, %d acknowledged batches, %d of them recognised as"
            + " stored by an earlier try%n"
            + "KillIT: %d restarts to ready: median %d ms, slowest %d ms%nKillIT: readers: %s%n",
        seed,
        KILLS + 2,
        rows,
        history.acknowledgedBatches(),
        history.duplicates(),
        millis.size(),
        millis.get(millis.size() / 2),
        millis.get(millis.size() - 1),
        readers);
    if (slowest.compareTo(SLOW_RESTART) > 0) {
      System.out.println("KillIT: the slowest restart said:\n" + slowestOutput);
    }
  }
}
