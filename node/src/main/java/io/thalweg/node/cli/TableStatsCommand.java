package io.thalweg.node.cli;

import io.thalweg.client.Admin;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.StatisticsAnswer;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.stats.BucketStatistics;
import io.thalweg.format.stats.ColumnStatistics;
import io.thalweg.format.stats.TableStatistics;
import io.thalweg.node.cli.terminal.CliException;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import io.thalweg.node.cli.text.RowPrinter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what the metadata tell of a table. */
@Command(
    name = "stats",
    mixinStandardHelpOptions = true,
    description = {
      "Shows rows, bytes, and of each column nulls, least and greatest value and about how many"
          + " distinct values there are.",
      "Rows and bytes are exact. Figures of columns hold for the rows in Parquet files;"
          + " docs/tables.md."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  thalweg table stats flights", "  thalweg table stats flights --output json"})
final class TableStatsCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of("column", "type", "nulls", "min", "max", "distinct", "rows");
  private static final List<String> BUCKETS =
      List.of("bucket", "start_offset", "end_offset", "in_files_to", "files", "bytes");

  /** How the answer is printed. */
  enum Style {
    TABLE,
    JSON
  }

  @Mixin ConnectionOptions connection;

  @Parameters(paramLabel = "TABLE", description = "table or database.table")
  String table;

  @Option(names = "--bucket", paramLabel = "NUMBER", description = "figures of this bucket only")
  Integer bucket;

  @Option(
      names = "--partition",
      paramLabel = "COLUMN=VALUE",
      description = "figures of the partitions with this value only; several with commas between",
      split = ",")
  String[] partition;

  @Option(names = "--buckets", description = "show rows and bytes of each bucket too")
  boolean buckets;

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  Style output;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    TablePath path = TablePath.parse(table);
    if (bucket != null && partition != null) {
      throw new CliException("--bucket cannot be used with --partition; leave one of them out");
    }
    try (ThalwegConnection thalweg = connection.connect()) {
      TableStatistics statistics = statistics(thalweg.admin(), path);
      PrintWriter out = spec.commandLine().getOut();
      if (output == Style.JSON) {
        out.println(new String(StatisticsAnswer.write(statistics), StandardCharsets.UTF_8));
        out.flush();
      } else {
        boolean keyed = !thalweg.admin().table(path).schema().primaryKey().isEmpty();
        print(out, statistics, keyed);
      }
      return 0;
    }
  }

  private TableStatistics statistics(Admin admin, TablePath path) {
    if (partition != null) {
      return admin.statistics(path, PartitionCommand.parse(partition));
    }
    return bucket == null ? admin.statistics(path) : admin.statistics(path, bucket);
  }

  private void print(PrintWriter out, TableStatistics statistics, boolean keyed) {
    out.printf(
        Locale.ROOT,
        "%s %,d, bytes %,d%n",
        keyed ? "changes in the log" : "rows",
        statistics.rows(),
        statistics.bytes());
    statistics
        .currentRows()
        .ifPresent(
            current ->
                out.printf(
                    Locale.ROOT, "rows %s%,d%n", current.exact() ? "" : "about ", current.rows()));
    if (buckets) {
      out.println();
      print(out, statistics.buckets());
    }
    out.println();
    RowPrinter printer = new RowPrinter(out, RowPrinter.Style.TABLE, COLUMNS, false);
    statistics.columns().forEach(column -> printer.print(shown(column)));
    printer.end();
    long rest = statistics.rows() - statistics.segmentRows();
    if (rest > 0) {
      out.printf(
          Locale.ROOT, "%nThe newest %,d rows are in no file yet: columns leave them out.%n", rest);
    }
    out.flush();
  }

  private static void print(PrintWriter out, List<BucketStatistics> buckets) {
    RowPrinter printer = new RowPrinter(out, RowPrinter.Style.TABLE, BUCKETS, false);
    for (BucketStatistics each : buckets) {
      printer.print(
          List.of(
              each.bucket(),
              each.startOffset(),
              each.endOffset(),
              each.segmentEnd(),
              each.segments(),
              each.bytes()));
    }
    printer.end();
  }

  private static List<String> shown(ColumnStatistics column) {
    List<String> cells = new ArrayList<>();
    cells.add(column.name());
    cells.add(column.type());
    cells.add(shown(column.nulls()));
    cells.add(column.min().orElse(""));
    cells.add(column.max().orElse(""));
    cells.add(
        shown(column.distinct())
            + (column.distinct().isPresent() && column.distinctRows() != column.rows()
                ? " of " + column.distinctRows() + " rows"
                : ""));
    cells.add(Long.toString(column.rows()));
    return cells;
  }

  private static String shown(OptionalLong figure) {
    return figure.isPresent() ? Long.toString(figure.getAsLong()) : "";
  }
}
