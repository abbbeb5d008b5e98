package io.thalweg.node.cli;

import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.Position;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.cli.terminal.CliException;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import io.thalweg.node.cli.text.RowPrinter;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Partitions of tables. */
@Command(
    name = "partition",
    mixinStandardHelpOptions = true,
    description = "Creates, lists and drops partitions of tables; docs/tables.md.",
    synopsisSubcommandLabel = "(create | list | drop)",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg partition list clicks",
      "  thalweg partition create clicks day=2026-11-29 country=CH",
      "  thalweg partition drop clicks day=2026-11-29 country=CH"
    })
final class PartitionCommand {
  private static final List<String> COLUMNS = List.of("buckets", "records", "created", "storage");
  private static final String VALUES =
      "the value of each partition column, as text; " + Partition.NULL + " for a null";

  @Spec CommandSpec spec;

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  @Command(name = "create", mixinStandardHelpOptions = true, description = "Makes a partition.")
  int create(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "TABLE") String name,
      @Parameters(paramLabel = "COLUMN=VALUE", arity = "1..*", description = VALUES)
          String[] values,
      @Option(names = "--if-not-exists", description = "no error if there is one")
          boolean ifNotExists) {
    try (ThalwegConnection thalweg = connection.connect()) {
      TablePath table = TablePath.parse(name);
      Partition made = thalweg.admin().createPartition(table, parse(values), ifNotExists);
      out().println("partition " + named(thalweg.admin().table(table), made) + " is there");
      return 0;
    }
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the partitions of a table in the order in which they were made.")
  int list(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "TABLE") String name,
      @Option(
              names = "--output",
              defaultValue = "table",
              description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
          RowPrinter.Style output) {
    try (ThalwegConnection thalweg = connection.connect()) {
      TablePath path = TablePath.parse(name);
      Map<Integer, Long> ends = thalweg.admin().offsets(path, Position.Named.LATEST);
      Map<Integer, Long> starts = thalweg.admin().offsets(path, Position.Named.EARLIEST);
      TableInfo table = thalweg.admin().table(path);
      if (!table.isPartitioned()) {
        throw new CliException("table " + path + " is not partitioned");
      }
      // The values stand as create and drop take them, not as names have them, with escapes.
      List<String> columns = new ArrayList<>(table.descriptor().partitionKey());
      columns.addAll(COLUMNS);
      RowPrinter printer = new RowPrinter(out(), output, columns, false);
      for (Partition each : table.partitions().all()) {
        List<Integer> buckets = table.bucketsOf(each);
        long records = 0;
        for (int bucket : buckets) {
          records += ends.getOrDefault(bucket, 0L) - starts.getOrDefault(bucket, 0L);
        }
        List<Object> cells = new ArrayList<>(each.values());
        cells.add(buckets.get(0) + " to " + buckets.get(buckets.size() - 1));
        cells.add(records);
        cells.add(Instant.ofEpochMilli(each.createdMillis()).toString());
        cells.add(each.storage().value());
        printer.print(cells);
      }
      printer.end();
      return 0;
    }
  }

  @Command(
      name = "drop",
      mixinStandardHelpOptions = true,
      description = "Drops a partition with all its rows.")
  int drop(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "TABLE") String name,
      @Parameters(paramLabel = "COLUMN=VALUE", arity = "1..*", description = VALUES)
          String[] values,
      @Option(names = "--if-exists", description = "no error if there is none") boolean ifExists) {
    try (ThalwegConnection thalweg = connection.connect()) {
      thalweg.admin().dropPartition(TablePath.parse(name), parse(values), ifExists);
      out().println("dropped partition " + String.join(" ", values) + " of " + name);
      return 0;
    }
  }

  /** A partition's name, such as {@code day=2026-11-29}. */
  private static String named(TableInfo table, Partition partition) {
    return PartitionKey.of(table.descriptor()).name(partition.values());
  }

  /** Values of partition columns, each given as {@code column=value}; null for the text of null. */
  static Map<String, String> parse(String[] values) {
    Map<String, String> partition = new LinkedHashMap<>();
    for (String given : values) {
      int equals = given.indexOf('=');
      if (equals <= 0) {
        throw new CliException("'" + given + "' is no COLUMN=VALUE, such as day=2026-11-29");
      }
      String column = given.substring(0, equals);
      String value = given.substring(equals + 1);
      if (partition.containsKey(column)) {
        throw new CliException("the value of '" + column + "' is given twice");
      }
      partition.put(column, value.equals(Partition.NULL) ? null : value);
    }
    return partition;
  }
}
