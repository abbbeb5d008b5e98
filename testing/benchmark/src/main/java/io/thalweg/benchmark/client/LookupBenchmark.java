package io.thalweg.benchmark.client;

import io.thalweg.benchmark.load.Keys;
import io.thalweg.benchmark.measure.Options;
import io.thalweg.benchmark.measure.Reference;
import io.thalweg.benchmark.measure.Report;
import java.io.IOException;

/**
 * {@code ./benchmark lookup}: 1, 16 and 256 callers that wait for each row, with all rows in the
 * server's row cache and with a tenth of them. One thread, and one for each caller.
 */
public final class LookupBenchmark {
  private static final String TABLE = "kv";
  private static final int[] CALLERS = {1, 16, 256};
  private static final int WARM_UP_SECONDS = 5;
  private static final int MIB = 1 << 20;

  /** About what one of these rows takes in the row cache, its place in the index included. */
  private static final int ROW_BYTES = 200;

  private final Report report;
  private final Keys keys;
  private final int seconds;
  private final Events events = new Events(100);

  /** Measures with the options' keys, distribution and seconds. */
  public LookupBenchmark(Report report, Options options) {
    this.report = report;
    this.keys = new Keys(options.keys(1_000_000, 200_000), options.zipf());
    this.seconds = options.seconds();
  }

  /** Runs both temperatures. */
  public void run() throws IOException, InterruptedException {
    report.say("%s, rows of %d bytes, %d buckets", keys, events.rowBytes(), Events.BUCKETS);
    report.say("beside it: loopback and back, one after the other %s", Reference.roundTrips(128));
    run("hot", Math.max(256, 2 * keys.count() * ROW_BYTES / MIB));
    run("cold", Math.max(1, keys.count() * ROW_BYTES / 10 / MIB));
  }

  private void run(String name, long cacheMib) throws IOException, InterruptedException {
    try (Setup setup = Setup.start(report, "server.kv.row-cache=" + cacheMib + "mib")) {
      Events.createKeyed(setup.connection(), TABLE);
      new Upserts(setup, events, TABLE)
          .run("load, row cache " + cacheMib + " MiB", keys.inTurn(), keys.count(), Long.MAX_VALUE);
      if (!setup.server().awaitIdle()) {
        report.say("the server is still busy: the lookups are not on an idle machine");
      }
      Callers all = new Callers(setup, events, TABLE, keys);
      for (int callers : CALLERS) {
        Callers.Result result = all.run(callers, WARM_UP_SECONDS, seconds);
        if (callers == 1) {
          report.say("%s, callers 1, first %d s: %s", name, WARM_UP_SECONDS, result.early());
        }
        long count = result.counted().count();
        report.say(
            "%s, callers %d: %,.0f keys/s; %s; %s; server %.2f cores; resident %.0f MB",
            name,
            callers,
            result.usage().rate(count),
            result.counted(),
            result.usage().cpu(count),
            result.usage().serverCores(),
            setup.resident());
        if (callers == 1 && name.equals("hot")) {
          report.atMost("lookup_1_hot_p50_ms", result.counted().millis(0.5), 0.4);
          report.atMost("lookup_1_hot_p99_ms", result.counted().millis(0.99), 2);
        }
      }
    }
  }
}
