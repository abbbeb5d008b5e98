package io.thalweg.benchmark;

import io.thalweg.benchmark.PeersOptions.Size;
import io.thalweg.benchmark.measure.PlainRocksDb;
import io.thalweg.benchmark.measure.Reference;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.peers.Figure;
import io.thalweg.benchmark.peers.PeerHeap;
import io.thalweg.benchmark.peers.PeerSystem;
import io.thalweg.benchmark.peers.RunningPeer;
import io.thalweg.benchmark.peers.Tuning;
import io.thalweg.benchmark.peers.WorkGroup;
import io.thalweg.benchmark.workload.Words;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;

/**
 * Thalweg and another system, each through the Java client that it offers, in turns: both get the
 * same rows from drivers in processes of their own, and fresh servers and drivers each time. First
 * with the settings that they come with, then with the best that we know. One thread.
 */
final class PeersBenchmark {
  private static final Path TARGET = Path.of("testing/benchmark/target");

  private final Report report;
  private final PeersOptions options;
  private final PeerSystem ours = new ThalwegSystem();
  private final PeerSystem theirs;

  private final Map<PeersPart, String> walls = new TreeMap<>();

  PeersBenchmark(Report report, PeersOptions options) {
    this.report = report;
    this.options = options;
    this.theirs = options.peer();
  }

  void run() throws Exception {
    report.say(
        "rows (id BIGINT, ts BIGINT, kind STRING, payload STRING of %d B, end to end %d B), %d buckets, %d rounds in turns; heap of each driver %s",
        options.size(Size.PAYLOAD),
        options.size(Size.TAIL_PAYLOAD),
        options.size(Size.BUCKETS),
        options.size(Size.ROUNDS),
        PeerHeap.DRIVER);
    for (PeerSystem system : List.of(ours, theirs)) {
      report.say("%s: %s; %s", system.name(), system.durability(), system.memory());
    }
    measureWalls();
    for (Tuning tuning : options.tunings()) {
      table(tuning);
    }
  }

  private boolean wants(PeersPart part) {
    return options.parts().contains(part);
  }

  private boolean wants(WorkGroup group) {
    return options.parts().stream().anyMatch(part -> part.group == group);
  }

  // ---- what the machine could do at most

  private void measureWalls() throws IOException, RocksDBException {
    long rowBytes = options.size(Size.PAYLOAD) + 21;
    if (wants(PeersPart.APPEND) || wants(PeersPart.APPEND_COLD)) {
      double disk = Reference.syncedWrites(TARGET, 256L << 20, 1 << 20);
      String wall =
          String.format(
              Locale.ROOT,
              "; wall: the disk with fdatasync after each MiB, %.0f MB/s, %,.0f rows/s",
              disk,
              disk * 1e6 / rowBytes);
      walls.put(PeersPart.APPEND, wall);
      walls.put(PeersPart.APPEND_COLD, wall);
    }
    if (wants(PeersPart.SCAN)) {
      double memory = Reference.memoryCopy();
      walls.put(
          PeersPart.SCAN,
          String.format(
              Locale.ROOT,
              "; wall: copying memory, %.0f MB/s, %,.0f rows/s",
              memory,
              memory * 1e6 / rowBytes));
    }
    if (wants(WorkGroup.KEYS)) {
      measureRocks((int) rowBytes);
    }
    if (wants(PeersPart.TAIL)) {
      int bytes = (int) options.size(Size.TAIL_PAYLOAD);
      double disk = Reference.syncedWrites(TARGET, 500L * bytes, bytes);
      walls.put(
          PeersPart.TAIL,
          String.format(
              Locale.ROOT,
              "; wall: one write of %d B with fdatasync, %.2f ms",
              bytes,
              bytes / disk / 1e3));
    }
  }

  private void measureRocks(int rowBytes) throws IOException, RocksDBException {
    int group = 1_000;
    long keys = options.size(Size.KEYS);
    SplittableRandom random = new SplittableRandom(1);
    long[] next = {0};
    try (PlainRocksDb rocks = new PlainRocksDb(rowBytes)) {
      // Each key once; the multiplier shares no factor with a number of keys below it.
      double load =
          rocks.getAndPut(() -> next[0]++ * 2_654_435_761L % keys, (int) ceil(keys, group), group);
      double update =
          rocks.getAndPut(
              () -> random.nextLong(keys),
              (int) ceil(options.size(Size.UPDATES), 4L * group),
              group);
      double found =
          rocks.multiGet(
              () -> random.nextLong(keys),
              (int) ceil(options.size(Size.LOOKUPS), 4L * group),
              group);
      walls.put(PeersPart.LOAD, rocks("get and put, synced, by the thousand", load));
      walls.put(PeersPart.UPDATE, rocks("get and put, synced, by the thousand", update));
      walls.put(PeersPart.LOOKUPS, rocks("multi-get, by the thousand", found));
    }
  }

  private static long ceil(long count, long by) {
    return (count + by - 1) / by;
  }

  private static String rocks(String what, double rate) {
    return String.format(
        Locale.ROOT, "; wall: RocksDB alone in one thread, %s, %,.0f rows/s", what, rate);
  }

  // ---- rounds

  private void table(Tuning tuning) throws IOException {
    PeersFigures figures = new PeersFigures(ours, theirs);
    for (WorkGroup group : WorkGroup.values()) {
      if (wants(group)) {
        for (int round = 1; round <= options.size(Size.ROUNDS); round++) {
          for (PeerSystem system : List.of(ours, theirs)) {
            round(system, group, tuning, round, figures);
          }
        }
      }
    }
    report.say("");
    report.say(
        "== %s (medians; each round in brackets)",
        tuning == Tuning.DEFAULTS ? "settings that both come with" : "best settings that we know");
    settings(tuning);
    Stream.of(PeersPart.values())
        .filter(figures::has)
        .forEach(
            part ->
                figures
                    .summary(part, walls.getOrDefault(part, ""))
                    .forEach(line -> report.say("%s", line)));
    if (tuning == Tuning.DEFAULTS) {
      bars(figures);
    }
  }

  private void settings(Tuning tuning) {
    for (WorkGroup group : WorkGroup.values()) {
      for (PeerSystem system : List.of(ours, theirs)) {
        Map<String, String> settings = settings(system, group, tuning);
        if (wants(group) && !settings.isEmpty()) {
          report.say("%s, %s: %s", group.name().toLowerCase(Locale.ROOT), system.name(), settings);
        }
      }
    }
  }

  private Map<String, String> settings(PeerSystem system, WorkGroup group, Tuning tuning) {
    Map<String, String> all = new TreeMap<>(system.settings(group, tuning));
    all.putAll(system == ours ? options.ours() : options.theirs());
    return all;
  }

  private void round(
      PeerSystem system, WorkGroup group, Tuning tuning, int round, PeersFigures figures)
      throws IOException {
    try (RunningPeer peer = system.start(settings(system, group, tuning))) {
      peer.carryOut(PeersPart.table(group, options));
      for (PeersPart part : PeersPart.values()) {
        if (part.group == group && (wants(part) || part.isNeededLater())) {
          Figure figure = measured(peer, part);
          if (wants(part)) {
            report.progress(
                "%s, round %d: %s: %s",
                system.name(), round, part.title(), PeersFigures.line(part, figure));
            figures.add(system, part, figure);
          }
        }
      }
    }
  }

  private Figure measured(RunningPeer peer, PeersPart part) throws IOException {
    List<Words> orders = part.orders(options);
    for (Words before : orders.subList(0, orders.size() - 1)) {
      peer.carryOut(before);
    }
    return peer.carryOut(orders.get(orders.size() - 1));
  }

  // ---- bars

  private void bars(PeersFigures figures) {
    if (theirs.hasColumns()) {
      rateBar(figures, PeersPart.APPEND_COLD, "append_cold", 1.3);
      rateBar(figures, PeersPart.APPEND, "append", 2);
    }
    rateBar(figures, PeersPart.SCAN, "scan", 3);
    rateBar(figures, PeersPart.SCAN_TEXT, "scan_id_kind", 2.5);
    rateBar(figures, PeersPart.SCAN_NUMBERS, "scan_id_ts", 2.5);
    rateBar(figures, PeersPart.LOAD, "upsert_new_keys", 4);
    rateBar(figures, PeersPart.UPDATE, "upsert_known_keys", 4);
    rateBar(figures, PeersPart.LOOKUPS, "lookups", 3);
    timeBar(figures, PeersPart.LOOKUP, "lookup", 0.4, 2);
    timeBar(figures, PeersPart.TAIL, "tail", 1.5, 6);
  }

  private void rateBar(PeersFigures figures, PeersPart part, String name, double limit) {
    if (figures.has(part)) {
      report.atLeast(
          "peers_" + name + "_of_" + theirs.name().toLowerCase(Locale.ROOT),
          figures.ratio(part, Figure::rate),
          limit);
    }
  }

  private void timeBar(PeersFigures figures, PeersPart part, String name, double p50, double p99) {
    if (figures.has(part)) {
      report.atMost("peers_" + name + "_p50_ms", figures.ours(part, Figure::p50), p50);
      report.atMost("peers_" + name + "_p99_ms", figures.ours(part, Figure::p99), p99);
    }
  }
}
