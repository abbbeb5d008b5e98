package io.thalweg.benchmark.client;

import io.thalweg.benchmark.load.Keys;
import io.thalweg.benchmark.measure.Medians;
import io.thalweg.benchmark.measure.Options;
import io.thalweg.benchmark.measure.PlainRocksDb;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.Usage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.rocksdb.RocksDBException;

/**
 * {@code ./benchmark kv --through client}: upserts all keys of a table once, updates them, looks
 * them up and scans them, with as many keys as wanted. RocksDB alone, with as many keys, comes
 * after it in this process. One thread.
 */
public final class KvThroughClient {
  private static final String TABLE = "kv";
  private static final int PAYLOAD_BYTES = 100;
  private static final int WARM_UP_SECONDS = 5;
  private static final int ROUNDS = 3;
  private static final int PEER_GROUP = 5_000;

  private final Report report;
  private final int seconds;
  private final Keys keys;
  private final Events events = new Events(PAYLOAD_BYTES);

  /** Measures with the options' keys and distribution. */
  public KvThroughClient(Report report, Options options) {
    this.report = report;
    this.seconds = options.seconds();
    this.keys = new Keys(options.keys(4_000_000, 200_000), options.zipf());
  }

  /** Runs all parts. */
  public void run() throws IOException, InterruptedException, RocksDBException {
    report.say(
        "%s, rows of %d bytes, %d buckets; processes are cold when the load begins",
        keys, events.rowBytes(), Events.BUCKETS);
    double load;
    double lookups;
    try (Setup setup = Setup.start(report)) {
      Events.createKeyed(setup.connection(), TABLE);
      load = writes(setup);
      lookups = lookups(setup);
      new KvScans(setup, events, TABLE, keys.count()).run(keys.count());
      new ChangelogFollow(setup, events, TABLE).run(keys, seconds);
    }
    peer(load, lookups);
  }

  /** The rate of the load, which goes on from cold processes to warm ones. */
  private double writes(Setup setup) {
    Usage.Begun begun = setup.begin();
    Upserts upserts = new Upserts(setup, events, TABLE);
    double load =
        upserts.run("upsert of each key once", keys.inTurn(), keys.count(), Long.MAX_VALUE);
    boolean idle = setup.server().awaitIdle();
    report.say(
        "load: %.2f bytes written to disk per byte of rows, until the server was %s",
        (double) begun.end().written() / (keys.count() * events.rowBytes()),
        idle ? "idle" : "left alone, still busy");
    for (int round = 0; round < ROUNDS; round++) {
      upserts.run(
          "updates, round " + (round + 1),
          keys.drawn(100 + round),
          Long.MAX_VALUE,
          seconds * 1_000_000_000L);
    }
    return load;
  }

  private double lookups(Setup setup) throws InterruptedException {
    if (!setup.server().awaitIdle()) {
      report.say("the server is still busy: the lookups are not on an idle machine");
    }
    Lookups lookups = new Lookups(setup, events, TABLE);
    lookups.inWindow("asynchronous lookups, first", keys.drawn(200), WARM_UP_SECONDS);
    Medians rates = new Medians();
    for (int round = 0; round < ROUNDS; round++) {
      rates.add(
          lookups.inWindow(
              "asynchronous lookups, round " + (round + 1), keys.drawn(201 + round), seconds));
    }
    Callers.Result caller =
        new Callers(setup, events, TABLE, keys).run(1, WARM_UP_SECONDS, seconds);
    report.say(
        "synchronous lookups after %d s of warm-up: %s; server %.2f cores",
        WARM_UP_SECONDS, caller.counted(), caller.usage().serverCores());
    return rates.median();
  }

  private void peer(double load, double lookups) throws IOException, RocksDBException {
    try (PlainRocksDb peer = new PlainRocksDb(PAYLOAD_BYTES)) {
      double put =
          peer.put(
              keys.inTurn(),
              keys.count(),
              PEER_GROUP,
              id -> events.payload(id).getBytes(StandardCharsets.UTF_8));
      int groups = (int) Math.max(10, Math.min(400, keys.count() / PEER_GROUP));
      peer.multiGet(keys.drawn(400), groups / 4, PEER_GROUP);
      double get = peer.multiGet(keys.drawn(401), groups, PEER_GROUP);
      report.say(
          "RocksDB alone, one thread, without its log: put %,.0f rows/s, multi-get %,.0f rows/s; ratios %.2f, %.2f",
          put, get, load / put, lookups / get);
    }
  }
}
