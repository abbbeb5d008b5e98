package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.PlainRocksDb;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import io.thalweg.client.Lookuper;
import io.thalweg.client.ThalwegConnection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * The primary-key table's benchmark: upserts, lookups, a scan of rows; server and driver on the
 * same cores, and RocksDB alone in the driver's process as the peer.
 */
final class KvBenchmark {
  private static final int KEYS = 1_000_000;
  private static final int HOT = 10_000;
  private static final int BATCH_BYTES = 1 << 20;
  private static final int IN_FLIGHT = 12;
  private static final int LOOKUP_KEYS = 5_000;
  private static final int WARM_UP_SECONDS = 30;

  private final Report report;
  private final int seconds;
  private final SplittableRandom random = new SplittableRandom(1);

  KvBenchmark(Report report, int seconds) {
    this.report = report;
    this.seconds = seconds;
  }

  void run() throws Exception {
    run("100b", 100);
    run("1kb", 1024);
  }

  /** One size of rows, on a server of its own. */
  private void run(String name, int rowBytes) throws Exception {
    int rows = BATCH_BYTES / rowBytes;
    try (ServerProcess server = ServerProcess.start();
        Driver driver = new Driver(server.port());
        VectorSchemaRoot full = Rows.events(driver.allocator, rows, rowBytes);
        PlainRocksDb peer = new PlainRocksDb(rowBytes)) {
      warmUp(driver, full);
      create(driver, "kv", Map.of());
      double insertPeer = peer.getAndPut(inTurn(), KEYS / rows, rows);
      double insert = upsert(server, driver, name, "insert", "kv", full, inTurn(), KEYS / rows);
      List<Double> updates = new ArrayList<>();
      List<Double> updatePeers = new ArrayList<>();
      for (int round = 0; round < 3; round++) {
        updatePeers.add(peer.getAndPut(anyOf(KEYS / rows * rows), KEYS / rows, rows));
        updates.add(upsertFor(server, driver, name, "update", "kv", full));
      }
      double update = LogBenchmark.median(updates);
      double updatePeer = LogBenchmark.median(updatePeers);
      report.say(
          "%s RocksDB alone, get and put, synced: insert %,.0f rows/s, update %,.0f rows/s; ratios %.2f, %.2f",
          name, insertPeer, updatePeer, insert / insertPeer, update / updatePeer);
      List<FieldVector> some =
          List.of(full.getVector("id"), full.getVector("k"), full.getVector("v"));
      VectorSchemaRoot partial =
          new VectorSchemaRoot(some.stream().map(FieldVector::getField).toList(), some, rows);
      upsertFor(server, driver, name, "partial update", "kv", partial);
      if (rowBytes < 500) {
        aggregate(server, driver, name, full);
        report.atLeast("kv_insert_100b_rows_per_s", insert, 400_000);
        report.atLeast("kv_update_100b_rows_per_s", update, 250_000);
        report.atLeast("kv_insert_100b_of_rocksdb", insert / insertPeer, 0.40);
        report.atLeast("kv_update_100b_of_rocksdb", update / updatePeer, 0.40);
      }
      lookups(server, driver, name, peer, KEYS / rows * rows);
      synchronous(server, name, KEYS / rows * rows);
      if (rowBytes < 500) {
        prefixes(server, driver, name);
      }
      scans(driver, name, rowBytes, peer, KEYS / rows * rows);
    }
  }

  private static void create(Driver driver, String table, Map<String, String> properties) {
    driver.createKeyed(table, Rows.COLUMNS, List.of("id"), List.of("id"), properties);
  }

  private void warmUp(Driver driver, VectorSchemaRoot full) throws Exception {
    create(driver, "warm", Map.of());
    report.progress("warm-up: %d s of upserts", WARM_UP_SECONDS);
    long begin = System.nanoTime();
    try (Driver.Appender appender = driver.new Appender("warm", full, IN_FLIGHT, 1_000_000)) {
      while (System.nanoTime() - begin < WARM_UP_SECONDS * 1_000_000_000L) {
        fill(full, anyOf(KEYS / 10));
        appender.send();
      }
      appender.drain();
    }
    driver.dropTable("warm");
  }

  /** Each key once, in an order that is nobody's. */
  private static LongSupplier inTurn() {
    long[] next = {0};
    return () -> (next[0]++ * 611_953) % KEYS;
  }

  private LongSupplier anyOf(int keys) {
    return () -> (random.nextInt(keys) * 611_953L) % KEYS;
  }

  private void fill(VectorSchemaRoot root, LongSupplier ids) {
    BigIntVector id = (BigIntVector) root.getVector("id");
    IntVector k = (IntVector) root.getVector("k");
    Float8Vector v = (Float8Vector) root.getVector("v");
    for (int i = 0; i < root.getRowCount(); i++) {
      id.set(i, ids.getAsLong());
      // Sums stay within their type.
      k.set(i, random.nextInt(1_000));
      v.set(i, i);
    }
  }

  private double upsertFor(
      ServerProcess server,
      Driver driver,
      String name,
      String what,
      String table,
      VectorSchemaRoot root)
      throws Exception {
    return upsert(
        server,
        driver,
        name,
        what,
        table,
        root,
        anyOf(KEYS / root.getRowCount() * root.getRowCount()),
        Integer.MAX_VALUE);
  }

  /** So many batches, but no longer than some seconds; rows a second. */
  private double upsert(
      ServerProcess server,
      Driver driver,
      String name,
      String what,
      String table,
      VectorSchemaRoot root,
      LongSupplier ids,
      int batches)
      throws Exception {
    double cpu = server.cpuSeconds();
    long begin = System.nanoTime();
    long[] latencies;
    try (Driver.Appender appender = driver.new Appender(table, root, IN_FLIGHT, 1_000_000)) {
      for (int i = 0; i < batches; i++) {
        if (batches == Integer.MAX_VALUE && System.nanoTime() - begin > seconds * 1_000_000_000L) {
          break;
        }
        fill(root, ids);
        appender.send();
      }
      latencies = appender.drain();
    }
    long nanos = System.nanoTime() - begin;
    double rate = (double) latencies.length * root.getRowCount() * 1e9 / nanos;
    report.say(
        "%s %s: %,.0f rows/s, ack of %,d rows p50 %.1f ms p99 %.1f ms; server %.2f cores; resident %.0f MB",
        name,
        what,
        rate,
        root.getRowCount(),
        Report.percentileMillis(latencies, 0.5),
        Report.percentileMillis(latencies, 0.99),
        (server.cpuSeconds() - cpu) * 1e9 / nanos,
        server.residentMegabytes());
    return rate;
  }

  private void aggregate(ServerProcess server, Driver driver, String name, VectorSchemaRoot full)
      throws Exception {
    create(
        driver,
        "agg",
        Map.of(
            "table.merge-engine", "aggregation",
            "fields.ts.agg", "max",
            "fields.k.agg", "sum",
            "fields.v.agg", "sum",
            "fields.payload.agg", "last_value"));
    upsert(
        server,
        driver,
        name,
        "aggregation, new keys",
        "agg",
        full,
        inTurn(),
        KEYS / full.getRowCount());
    upsertFor(server, driver, name, "aggregation", "agg", full);
    driver.dropTable("agg");
  }

  private void lookups(
      ServerProcess server, Driver driver, String name, PlainRocksDb peer, int keys)
      throws Exception {
    lookUp(server, driver, name + " warm-up", HOT, 60);
    double hot = lookUp(server, driver, name + " hot", HOT, 200);
    double all = lookUp(server, driver, name + " all keys", keys, 100);
    peer.multiGet(anyOf(HOT), 10, LOOKUP_KEYS);
    double hotPeer = peer.multiGet(anyOf(HOT), 100, LOOKUP_KEYS);
    double allPeer = peer.multiGet(anyOf(keys), 50, LOOKUP_KEYS);
    report.say(
        "%s RocksDB alone, multi-get: hot %,.0f rows/s, all keys %,.0f rows/s; ratios %.2f, %.2f",
        name, hotPeer, allPeer, hot / hotPeer, all / allPeer);
    if (name.equals("100b")) {
      report.atLeast("kv_lookup_batched_rows_per_s", hot, 300_000);
    }
  }

  private double lookUp(ServerProcess server, Driver driver, String name, int keys, int batches)
      throws Exception {
    Field id = Rows.idField();
    double cpu = server.cpuSeconds();
    try (BigIntVector ids = (BigIntVector) id.createVector(driver.allocator);
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(id), List.of(ids), LOOKUP_KEYS)) {
      ids.allocateNew(LOOKUP_KEYS);
      ids.setValueCount(LOOKUP_KEYS);
      LongSupplier any = anyOf(keys);
      long begin = System.nanoTime();
      long[] latencies =
          driver.lookUp(
              "kv",
              root,
              1,
              4,
              batches,
              () -> {
                for (int i = 0; i < LOOKUP_KEYS; i++) {
                  ids.set(i, any.getAsLong());
                }
              });
      long nanos = System.nanoTime() - begin;
      double rate = (double) batches * LOOKUP_KEYS * 1e9 / nanos;
      report.say(
          "%s lookups: %,.0f rows/s, batch of %,d p50 %.1f ms p99 %.1f ms; server %.2f cores",
          name,
          rate,
          LOOKUP_KEYS,
          Report.percentileMillis(latencies, 0.5),
          Report.percentileMillis(latencies, 0.99),
          (server.cpuSeconds() - cpu) * 1e9 / nanos);
      return rate;
    }
  }

  /** Ten rows for each first column of a key of two. */
  private void prefixes(ServerProcess server, Driver driver, String name) throws Exception {
    driver.createKeyed("pairs", Rows.COLUMNS, List.of("id", "k"), List.of("id"), Map.of());
    int prefixes = KEYS / 10;
    int rows = 10_000;
    try (VectorSchemaRoot root = Rows.events(driver.allocator, rows, 100);
        Driver.Appender appender = driver.new Appender("pairs", root, IN_FLIGHT, KEYS)) {
      for (int from = 0; from < KEYS; from += rows) {
        for (int i = 0; i < rows; i++) {
          ((BigIntVector) root.getVector("id")).set(i, (from + i) % prefixes);
          ((IntVector) root.getVector("k")).set(i, (from + i) / prefixes);
        }
        appender.send();
      }
      appender.drain();
    }
    int keys = 200;
    int batches = 300;
    Field id = Rows.idField();
    try (BigIntVector ids = (BigIntVector) id.createVector(driver.allocator);
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(id), List.of(ids), keys)) {
      ids.allocateNew(keys);
      ids.setValueCount(keys);
      int rounds = 4;
      for (int round = 0; round < rounds; round++) {
        double cpu = server.cpuSeconds();
        long begin = System.nanoTime();
        long[] latencies =
            driver.lookUp(
                "pairs",
                root,
                10,
                4,
                batches,
                () -> {
                  for (int i = 0; i < keys; i++) {
                    ids.set(i, random.nextInt(prefixes));
                  }
                });
        long nanos = System.nanoTime() - begin;
        report.say(
            "%s prefix lookups of 10 rows each%s: %,.0f prefixes/s, batch of %d p50 %.1f ms p99 %.1f ms; server %.2f cores",
            name,
            round < rounds - 1 ? " (warm-up)" : "",
            (double) batches * keys * 1e9 / nanos,
            keys,
            Report.percentileMillis(latencies, 0.5),
            Report.percentileMillis(latencies, 0.99),
            (server.cpuSeconds() - cpu) * 1e9 / nanos);
      }
    }
    driver.dropTable("pairs");
  }

  /** One key after the other, through the Java client. */
  private void synchronous(ServerProcess server, String name, int keys) {
    if (!server.awaitIdle()) {
      report.say("the server is still busy: the synchronous lookups are not on an idle machine");
    }
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + server.port());
        Lookuper lookuper = connection.lookuper("kv")) {
      LongSupplier any = anyOf(keys);
      int warm = 20_000;
      long[] latencies = new long[10_000];
      for (int i = -warm; i < latencies.length; i++) {
        long begin = System.nanoTime();
        if (lookuper.lookup(any.getAsLong()).join().isEmpty()) {
          throw new IllegalStateException("a row is missing");
        }
        latencies[Math.max(0, i)] = System.nanoTime() - begin;
      }
      double p50 = Report.percentileMillis(latencies, 0.5);
      double p99 = Report.percentileMillis(latencies, 0.99);
      report.say("%s synchronous lookups: p50 %.3f ms, p99 %.3f ms", name, p50, p99);
      if (name.equals("100b")) {
        report.atMost("kv_lookup_p50_ms", p50, 0.4);
        report.atMost("kv_lookup_p99_ms", p99, 3);
      }
    }
  }

  /** The median of the last five. */
  private static double last(double[] rates) {
    return LogBenchmark.median(Arrays.stream(rates).skip(rates.length - 5).boxed().toList());
  }

  private void scans(Driver driver, String name, int rowBytes, PlainRocksDb peer, int rows)
      throws Exception {
    // Both compilers are done after ten scans or so: 0.8, 1.0, 1.3, ... 2.0 million rows a second.
    double[] rates = new double[15];
    double[] peers = new double[rates.length];
    for (int round = 0; round < rates.length; round++) {
      Driver.Scanned scanned = driver.scan(Map.of("table", "kv"));
      if (scanned.rows() != rows) {
        throw new IllegalStateException(scanned.rows() + " rows of " + rows);
      }
      rates[round] = scanned.rowsPerSecond();
      peers[round] = peer.scan(rows);
    }
    double rate = last(rates);
    report.say("%s scan of rows: %,.0f rows/s (first %,.0f)", name, rate, rates[0]);
    report.say(
        "%s RocksDB alone, all rows: %,.0f rows/s; ratio %.2f",
        name, last(peers), rate / last(peers));
    if (rowBytes < 500) {
      report.atLeast("kv_scan_rows_per_s", rate, 1_500_000);
    }
  }
}
