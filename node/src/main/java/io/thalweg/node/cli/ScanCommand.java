package io.thalweg.node.cli;

import io.thalweg.client.AggregateOptions;
import io.thalweg.client.AggregateResult;
import io.thalweg.client.LogScanner;
import io.thalweg.client.Row;
import io.thalweg.client.RowScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.aggregate.Aggregation;
import io.thalweg.format.aggregate.Aggregation.Measure;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.select.SelectedColumns;
import io.thalweg.format.table.LogFormat;
import io.thalweg.format.type.DataType;
import io.thalweg.node.cli.terminal.CliException;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import io.thalweg.node.cli.terminal.Output;
import io.thalweg.node.cli.text.CommaList;
import io.thalweg.node.cli.text.GroupPrinter;
import io.thalweg.node.cli.text.RowPrinter;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reads a table. */
@Command(
    name = "scan",
    mixinStandardHelpOptions = true,
    description =
        "Reads rows: those that are there now, and with --follow new ones as they arrive.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg scan flights --limit 10",
      "  thalweg scan flights --columns origin,delay --where \"delay > 60 AND origin = 'SFO'\"",
      "  thalweg scan flights --from 2026-11-22T10:00:00Z --output csv > today.csv",
      "  thalweg append copy today.csv                   reads CSV and JSON output back as the same rows",
      "  thalweg scan flights --aggregate \"count(*), sum(delay)\" --group-by carrier --where \"delay > 0\"",
      "  thalweg scan flights --from latest --follow --output json",
      "  thalweg scan airports --changelog --columns iata,city",
      "  thalweg scan 'airports$binlog' --where \"_change_type = 'update'\" --follow"
    })
final class ScanCommand implements Callable<Integer> {
  @Mixin ConnectionOptions connection;

  @Parameters(
      paramLabel = "TABLE",
      description =
          "table or database.table, optionally followed by $changelog, $binlog or $rejected")
  String table;

  @Option(
      names = "--columns",
      paramLabel = "NAMES",
      description =
          "columns with commas between, in the order wanted; __offset and __timestamp among them where wanted. Also what is computed of a column, such as \"variant_get(event, '$.user', 'BIGINT') AS user\"; see docs/filters.md")
  String[] columns;

  @Option(
      names = "--where",
      paramLabel = "FILTER",
      description =
          "which rows: a condition as in SQL, with AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL; see docs/filters.md")
  String where;

  @Option(
      names = "--from",
      description =
          "earliest, latest, an offset, or a time such as 2026-11-22T10:00:00Z; of a primary-key table its changes from there on (default: earliest, or the rows as they are)")
  String from;

  @Option(
      names = "--bucket",
      paramLabel = "NUMBER",
      description = "only this bucket; may be repeated")
  Integer[] buckets;

  @Option(names = "--follow", description = "continue with rows as they arrive, until interrupted")
  boolean follow;

  @Option(
      names = "--changelog",
      description = "of a table with a primary key: its changes from --from on, not its rows")
  boolean changelog;

  @Option(
      names = "--aggregate",
      paramLabel = "MEASURES",
      description =
          "instead of rows, what the servers compute of them: count(*), and count, min, max or sum of a column, with commas between")
  String aggregate;

  @Option(
      names = "--group-by",
      paramLabel = "NAMES",
      description = "with --aggregate: for each combination of values of these columns")
  String[] groupBy;

  @Option(names = "--limit", paramLabel = "ROWS", description = "at most this many rows")
  Long limit;

  @Option(names = "--count", description = "print only how many rows there are")
  boolean count;

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  RowPrinter.Style output;

  @Option(names = "--stats", description = "say at the end what was read and skipped")
  boolean stats;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    if (limit != null && limit < 1) {
      throw new CliException("--limit " + limit + " cannot be used; give 1 or more");
    }
    if (aggregate != null || groupBy != null) {
      return aggregate();
    }
    columns = columns == null ? null : CommaList.columns(columns);
    ScanOptions options = ScanOptions.all(table).from(position()).withoutPositions();
    options = columns == null ? options : options.withColumns(columns);
    options = where == null ? options : options.withFilter(where);
    options = buckets == null ? options : options.withBuckets(buckets);
    options = follow ? options.until(Position.Named.NEVER) : options;
    options = limit == null ? options : options.withLimit(limit);
    long begin = System.nanoTime();
    try (ThalwegConnection thalweg = connection.connect()) {
      boolean whole = from == null && !follow && !changelog && buckets == null;
      if (whole) {
        boolean keyed = !thalweg.admin().table(options.table()).schema().primaryKey().isEmpty();
        if (keyed) {
          return rows(thalweg, options, begin);
        }
        if (countsAll(options) && !keepsRecords(thalweg, options)) {
          spec.commandLine().getOut().println(thalweg.admin().count(options.table()).rows());
          return 0;
        }
      }
    }
    try (ThalwegConnection thalweg = connection.connect();
        LogScanner scanner = thalweg.scanner(options)) {
      long rows = count ? count(scanner) : print(scanner);
      if (count) {
        spec.commandLine().getOut().println(rows);
      }
      if (stats) {
        say(scanner, rows, (System.nanoTime() - begin) / 1e9);
      }
      return 0;
    }
  }

  private int aggregate() {
    if (aggregate == null) {
      throw new CliException("--group-by needs --aggregate, such as --aggregate \"count(*)\"");
    }
    if (columns != null || follow || limit != null || count) {
      throw new CliException(
          "--aggregate prints no rows, so --columns, --follow, --limit and --count cannot be given with it");
    }
    String[] measures =
        Aggregation.measures(aggregate).stream().map(Measure::toString).toArray(String[]::new);
    AggregateOptions options = AggregateOptions.of(table, measures);
    options = groupBy == null ? options : options.groupBy(CommaList.names(groupBy));
    options = where == null ? options : options.withFilter(where);
    options = buckets == null ? options : options.withBuckets(buckets);
    options = from == null && !changelog ? options : options.from(position());
    long begin = System.nanoTime();
    try (ThalwegConnection thalweg = connection.connect();
        AggregateResult result = thalweg.aggregate(options)) {
      GroupPrinter.print(
          result,
          options.aggregation().groupBy().size(),
          new RowPrinter(spec.commandLine().getOut(), output, result.names(), false));
      if (stats) {
        say(result.summary(), (System.nanoTime() - begin) / 1e9);
      }
    }
    return 0;
  }

  private void say(ScanProgress.Summary done, double seconds) {
    spec.commandLine()
        .getErr()
        .printf(
            Locale.ROOT,
            "%,d rows in %,d batches in %.2f s; %,d batches were counted by their statistics, %,d skipped%n",
            done.rows(),
            done.batches(),
            seconds,
            done.batchesByStatistics().orElse(0),
            done.batchesSkipped());
  }

  /** Whether all rows are counted, which the server knows without reading them. */
  private boolean countsAll(ScanOptions options) {
    return count
        && where == null
        && limit == null
        && !stats
        && options.table().view() == TableView.TABLE;
  }

  /** Whether the table's log may hold records of transactions that do not count. */
  private static boolean keepsRecords(ThalwegConnection thalweg, ScanOptions options) {
    return LogFormat.of(thalweg.admin().table(options.table()).descriptor()) == LogFormat.KAFKA;
  }

  /** Prints the current rows of a primary-key table. */
  private int rows(ThalwegConnection thalweg, ScanOptions options, long begin) {
    long rows = 0;
    try (RowScanner scanner = thalweg.rows(options)) {
      RowPrinter printer =
          new RowPrinter(
              spec.commandLine().getOut(),
              output,
              names(scanner.table()),
              types(scanner.table()),
              false);
      for (List<Row> next = scanner.poll(); !next.isEmpty(); next = scanner.poll()) {
        rows += next.size();
        if (!count) {
          next.forEach(printer::print);
          printer.pause();
        }
      }
      if (count) {
        spec.commandLine().getOut().println(rows);
      } else {
        printer.end();
      }
    }
    if (stats) {
      double seconds = (System.nanoTime() - begin) / 1e9;
      spec.commandLine().getErr().printf(Locale.ROOT, "%,d rows in %.2f s%n", rows, seconds);
    }
    return 0;
  }

  private SelectedColumns selected(TableInfo info) {
    return SelectedColumns.of(
        columns == null
            ? info.schema().columns().stream().map(Column::name).toList()
            : List.of(columns),
        info.schema().withPositions());
  }

  private List<String> names(TableInfo info) {
    return selected(info).names();
  }

  /** The types of the columns; null for a record's position, which every log has. */
  private List<DataType> types(TableInfo info) {
    List<DataType> types = new ArrayList<>(selected(info).types());
    for (int i = 0; i < types.size(); i++) {
      if (names(info).get(i).startsWith("__")) {
        types.set(i, null);
      }
    }
    return types;
  }

  private long count(LogScanner scanner) {
    long rows = 0;
    while (!done(scanner, rows)) {
      for (var batch : scanner.pollBatches(Duration.ofMillis(200))) {
        try (batch) {
          rows += batch.rows().getRowCount();
        }
      }
      if (follow) {
        Output.checkRead();
      }
    }
    return rows;
  }

  private long print(LogScanner scanner) {
    boolean changes = !scanner.table().schema().primaryKey().isEmpty();
    List<String> names = new ArrayList<>(names(scanner.table()));
    List<DataType> types = new ArrayList<>(types(scanner.table()));
    if (changes) {
      names.add(0, "change");
      types.add(0, null);
    }
    RowPrinter printer = new RowPrinter(spec.commandLine().getOut(), output, names, types, follow);
    long rows = 0;
    while (!done(scanner, rows)) {
      for (ScanRecord record : scanner.poll(Duration.ofMillis(200))) {
        List<Object> values = new ArrayList<>(record.row().values());
        if (changes) {
          values.add(0, record.changeType().symbol());
        }
        printer.print(values);
        rows++;
      }
      printer.pause();
      if (follow) {
        Output.checkRead();
      }
    }
    printer.end();
    return rows;
  }

  private boolean done(LogScanner scanner, long rows) {
    return scanner.finished() || (limit != null && rows >= limit);
  }

  private void say(LogScanner scanner, long rows, double seconds) {
    spec.commandLine().getErr().printf(Locale.ROOT, "%,d rows in %.2f s%n", rows, seconds);
    scanner
        .summary()
        .ifPresent(
            done ->
                spec.commandLine()
                    .getErr()
                    .printf(
                        Locale.ROOT,
                        "the server looked at %,d rows in %,d batches, skipped %,d batches by their statistics, and sent %,d rows%n",
                        done.rows(),
                        done.batches(),
                        done.batchesSkipped(),
                        done.rowsReturned()));
  }

  private Position position() {
    if (from == null || from.equals("earliest")) {
      return Position.Named.EARLIEST;
    }
    if (from.equals("latest")) {
      return Position.Named.LATEST;
    }
    if (from.matches("\\d{1,18}")) {
      return new Position.Offset(Long.parseLong(from));
    }
    try {
      return new Position.Timestamp(Instant.parse(from).toEpochMilli());
    } catch (DateTimeParseException notATime) {
      throw new CliException(
          "--from '"
              + from
              + "' cannot be used; give earliest, latest, an offset, or a time such as 2026-11-22T10:00:00Z");
    }
  }
}
