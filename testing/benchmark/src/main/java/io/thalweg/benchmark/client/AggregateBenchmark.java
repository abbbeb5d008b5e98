package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Medians;
import io.thalweg.benchmark.measure.Options;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.Usage;
import io.thalweg.client.AggregateOptions;
import io.thalweg.client.AggregateResult;
import io.thalweg.client.LogScanner;
import io.thalweg.client.ScanBatch;
import io.thalweg.client.ScanOptions;
import io.thalweg.format.aggregate.BoundAggregation;
import io.thalweg.format.aggregate.Groups;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TablePath;
import java.io.IOException;
import java.time.Duration;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * {@code ./benchmark aggregate}: sums by group that the server computes, in turns with a scan of
 * the same columns whose rows the client adds up with the same code; and least and greatest values
 * by statistics. One thread.
 */
public final class AggregateBenchmark {
  private static final String TABLE = "events";
  private static final int ROUNDS = 9;
  private static final Duration WAIT = Duration.ofSeconds(10);

  private final Report report;
  private final Options options;

  /** Measures with the options' rows. */
  public AggregateBenchmark(Report report, Options options) {
    this.report = report;
    this.options = options;
  }

  /** Makes a table and aggregates it. */
  public void run() throws IOException {
    long rows = options.rows(8_000_000, 1_000_000);
    try (Setup setup = Setup.start(report)) {
      Events.createLog(setup.connection(), TABLE);
      Append.rows(setup.connection(), TABLE, new Events(100), rows);
      report.say(
          "%,d rows are stored; the server is %s",
          rows, setup.server().awaitIdle() ? "idle" : "still busy");
      groups(setup, rows);
      statistics(setup, rows);
    }
  }

  private void groups(Setup setup, long rows) {
    AggregateOptions asked =
        AggregateOptions.of(TABLE, "count(*)", "sum(id)", "max(ts)").groupBy("kind");
    Medians ratios = new Medians();
    for (int round = 0; round < ROUNDS; round++) {
      Usage.Begun begun = setup.begin();
      check(rows, byServer(setup, asked));
      Usage server = begun.end();
      begun = setup.begin();
      check(rows, byClient(setup, asked));
      Usage client = begun.end();
      double ratio = client.seconds() / server.seconds();
      ratios.add(ratio);
      report.say(
          "sums of %,d rows in 8 groups: by the server %,.0f rows/s, %s; by the client of scanned columns %,.0f rows/s, %s; ratio %.2f",
          rows, server.rate(rows), server.cpu(rows), client.rate(rows), client.cpu(rows), ratio);
    }
    report.atLeast("aggregate_of_scan", ratios.ofLaterHalf(), 1.0);
  }

  private static void check(long rows, long counted) {
    if (counted != rows) {
      throw new IllegalStateException(counted + " rows of " + rows + " were counted");
    }
  }

  private static long byServer(Setup setup, AggregateOptions asked) {
    try (AggregateResult result = setup.connection().aggregate(asked)) {
      return result.rows().stream().mapToLong(row -> row.getLong("count(*)")).sum();
    }
  }

  private static long byClient(Setup setup, AggregateOptions asked) {
    ScanOptions scan = ScanOptions.all(TABLE).withColumns("id", "ts", "kind").withoutPositions();
    Schema schema = setup.connection().admin().table(TablePath.parse(TABLE)).schema();
    Groups groups =
        BoundAggregation.bind(asked.aggregation(), schema).groups(1_000, Long.MAX_VALUE);
    long counted = 0;
    try (LogScanner scanner = setup.connection().scanner(scan)) {
      while (!scanner.finished()) {
        for (ScanBatch batch : scanner.pollBatches(WAIT)) {
          try (batch) {
            VectorSchemaRoot rows = batch.rows();
            groups.add(rows::getVector, Selection.all(rows.getRowCount()));
            counted += rows.getRowCount();
          }
        }
      }
    }
    return counted;
  }

  private void statistics(Setup setup, long rows) {
    AggregateOptions asked = AggregateOptions.of(TABLE, "count(*)", "min(ts)", "max(id)");
    Medians millis = new Medians();
    for (int round = 0; round < ROUNDS; round++) {
      Usage.Begun begun = setup.begin();
      check(rows, byServer(setup, asked));
      millis.add(begun.end().seconds() * 1e3);
    }
    report.say(
        "count, least and greatest of %,d rows by statistics: %.1f ms", rows, millis.ofLaterHalf());
  }
}
