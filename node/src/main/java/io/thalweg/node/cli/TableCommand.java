package io.thalweg.node.cli;

import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.FileEntry;
import io.thalweg.format.json.Position;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.type.TypeText;
import io.thalweg.node.cli.terminal.CliException;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import io.thalweg.node.cli.text.CommaList;
import io.thalweg.node.cli.text.RowPrinter;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tables. */
@Command(
    name = "table",
    mixinStandardHelpOptions = true,
    description =
        "Creates, lists, describes, alters and drops tables, and lists their files and statistics.",
    subcommands = TableStatsCommand.class,
    synopsisSubcommandLabel = "(create | list | describe | alter | files | stats | drop)",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg table create flights --schema 'date TIMESTAMP(6), delay BIGINT, origin STRING'",
      "  thalweg table create shop.clicks --schema 'user BIGINT NOT NULL, url STRING' --buckets 4 --bucket-key user",
      "  thalweg table create hits --schema 'day DATE, url STRING' --partitioned-by day",
      "  thalweg table describe flights",
      "  thalweg table alter flights \"ADD COLUMN carrier STRING DEFAULT 'LH', RENAME COLUMN delay TO late\"",
      "  thalweg table files flights --format csv",
      "  thalweg table stats flights"
    })
final class TableCommand {
  private static final List<String> FILE_COLUMNS =
      List.of("bucket", "base_offset", "end_offset", "records", "bytes", "key");

  @Spec CommandSpec spec;

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Makes a table: a log, or one with a primary key.")
  int create(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "TABLE", description = "table or database.table") String name,
      @Option(
              names = "--schema",
              required = true,
              description = "columns as SQL lists them; docs/types.md")
          String columns,
      @Option(
              names = "--buckets",
              defaultValue = "1",
              description = "how many (default: ${DEFAULT-VALUE})")
          int buckets,
      @Option(
              names = "--bucket-key",
              paramLabel = "NAMES",
              description = "columns whose hash chooses the bucket, with commas between")
          String[] key,
      @Option(
              names = "--partitioned-by",
              paramLabel = "NAMES",
              description =
                  "columns whose values make partitions, with commas between; docs/tables.md")
          String[] partitionKey,
      @Option(
              names = "--primary-key",
              paramLabel = "NAMES",
              description =
                  "columns of the key, with commas between: rows are written and looked up by it")
          String[] primaryKey,
      @Option(
              names = "--property",
              paramLabel = "KEY=VALUE",
              description = "table option; docs/tables.md")
          Map<String, String> properties,
      @Option(names = "--comment", defaultValue = "", description = "free text") String comment,
      @Option(names = "--if-not-exists", description = "no error if there is one")
          boolean ifNotExists) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(columns).stream().map(Column::of).toList(), named(primaryKey));
    TableDescriptor descriptor =
        new TableDescriptor(
            schema,
            buckets,
            named(partitionKey),
            named(key),
            properties == null ? new LinkedHashMap<>() : properties,
            comment);
    try (ThalwegConnection thalweg = connection.connect()) {
      TableInfo table = thalweg.admin().createTable(TablePath.parse(name), descriptor, ifNotExists);
      out().println("created table " + table.path());
      return 0;
    }
  }

  private static List<String> named(String[] lists) {
    return lists == null ? List.of() : List.of(CommaList.names(lists));
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the tables of a database.")
  int list(
      @Mixin ConnectionOptions connection,
      @Parameters(
              paramLabel = "DATABASE",
              arity = "0..1",
              defaultValue = TablePath.DEFAULT_DATABASE)
          String database) {
    try (ThalwegConnection thalweg = connection.connect()) {
      thalweg.admin().tables(database).forEach(table -> out().println(table.path()));
      return 0;
    }
  }

  @Command(
      name = "describe",
      mixinStandardHelpOptions = true,
      description = "Shows columns, options and how many rows there are.")
  int describe(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "TABLE") String name,
      @Option(names = "--history", description = "show all schemas that the table ever had")
          boolean history) {
    try (ThalwegConnection thalweg = connection.connect()) {
      if (history) {
        for (TableInfo each : thalweg.admin().history(TablePath.parse(name))) {
          out().println("schema " + each.schema().schemaId());
          printColumns(each);
        }
        return 0;
      }
      TableInfo table = thalweg.admin().table(TablePath.parseReadable(name));
      out()
          .println(
              "table "
                  + table.path()
                  + (table.descriptor().comment().isEmpty()
                      ? ""
                      : ": " + table.descriptor().comment()));
      printColumns(table);
      if (!table.schema().primaryKey().isEmpty()) {
        out().println("primary key " + table.schema().primaryKeyNames());
      }
      if (table.isPartitioned()) {
        List<String> key = table.descriptor().partitionKey();
        out()
            .println(
                "partitions "
                    + table.partitions().count()
                    + (key.isEmpty() ? "" : " by " + key + "; thalweg partition list"));
      }
      out()
          .println(
              (table.isPartitioned() ? "buckets of each partition " : "buckets ")
                  + table.bucketCount()
                  + (table.descriptor().bucketKey().isEmpty()
                      ? ""
                      : " by " + table.descriptor().bucketKey()));
      table
          .descriptor()
          .properties()
          .forEach((key, value) -> out().println("  " + key + " = " + value));
      Map<Integer, Long> ends = thalweg.admin().offsets(table.path(), Position.Named.LATEST);
      Map<Integer, Long> starts = thalweg.admin().offsets(table.path(), Position.Named.EARLIEST);
      long rows = 0;
      for (Map.Entry<Integer, Long> end : ends.entrySet()) {
        rows += end.getValue() - starts.getOrDefault(end.getKey(), end.getValue());
      }
      boolean keyed = !table.schema().primaryKey().isEmpty();
      // Of a topic with columns of values not each record is a row.
      boolean records =
          table.path().view() != TableView.TABLE || !table.descriptor().valueColumns().isEmpty();
      out()
          .printf(
              keyed
                  ? "changes in the log %,d%n"
                  : records ? "records in the log %,d%n" : "rows %,d%n",
              rows);
      if (!table.isPartitioned()) {
        out()
            .println("files " + SegmentFile.directory(table.storage()) + " below the object store");
      }
      return 0;
    }
  }

  private void printColumns(TableInfo table) {
    for (Column column : table.schema().columns()) {
      String value =
          column.defaults().write().map(text -> " DEFAULT " + TypeText.string(text)).orElse("");
      out().println("  " + column.name() + " " + column.type() + value);
    }
  }

  @Command(
      name = "alter",
      mixinStandardHelpOptions = true,
      description = {
        "Changes a table while it is read and written: all of the changes, or none.",
        "The changes are what SQL has after ALTER TABLE t, with commas between; docs/tables.md."
      })
  int alter(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "TABLE") String name,
      @Parameters(paramLabel = "CHANGES", description = "such as \"DROP COLUMN url\"")
          String changes) {
    try (ThalwegConnection thalweg = connection.connect()) {
      TableInfo table = thalweg.admin().alterTable(TablePath.parse(name), changes);
      out().println("table " + table.path() + " has schema " + table.schema().schemaId());
      return 0;
    }
  }

  @Command(
      name = "files",
      mixinStandardHelpOptions = true,
      description = {
        "Lists the Parquet files that hold the table's compacted records at this moment, and on"
            + " standard error, by bucket, up to where they do.",
        "Keys are relative to the object store's root; docs/segments.md."
      })
  int files(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "TABLE") String name,
      @Option(names = "--format", description = "${COMPLETION-CANDIDATES} (default: table)")
          RowPrinter.Style format,
      @Option(names = "--keys", description = "print keys only, one a line") boolean keys) {
    if (keys && format != null) {
      throw new CliException("--keys cannot be used with --format; leave one of them out");
    }
    try (ThalwegConnection thalweg = connection.connect()) {
      TableInfo table = thalweg.admin().table(TablePath.parse(name));
      List<FileEntry> files = thalweg.admin().files(table.path());
      if (keys) {
        files.forEach(file -> out().println(file.key()));
      } else {
        print(files, format == null ? RowPrinter.Style.TABLE : format);
      }
      out().flush();
      sayWhereTheyEnd(files, table.buckets());
      return 0;
    }
  }

  private void print(List<FileEntry> files, RowPrinter.Style format) {
    RowPrinter printer = new RowPrinter(out(), format, FILE_COLUMNS, false);
    for (FileEntry file : files) {
      printer.print(
          List.of(
              file.bucket(),
              file.baseOffset(),
              file.endOffset(),
              file.records(),
              file.bytes(),
              file.key()));
    }
    printer.end();
  }

  private void sayWhereTheyEnd(List<FileEntry> files, List<Integer> buckets) {
    Map<Integer, Long> ends = new LinkedHashMap<>();
    files.forEach(file -> ends.put(file.bucket(), file.endOffset()));
    PrintWriter err = spec.commandLine().getErr();
    for (int bucket : buckets) {
      err.println(
          "bucket "
              + bucket
              + (ends.containsKey(bucket)
                  ? ": compacted up to offset "
                      + ends.get(bucket)
                      + ", later records are in the log"
                  : ": nothing is compacted yet"));
    }
    err.flush();
  }

  @Command(
      name = "drop",
      mixinStandardHelpOptions = true,
      description = "Drops a table with all its rows.")
  int drop(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "TABLE") String name,
      @Option(names = "--if-exists", description = "no error if there is none") boolean ifExists) {
    try (ThalwegConnection thalweg = connection.connect()) {
      thalweg.admin().dropTable(TablePath.parse(name), ifExists);
      out().println("dropped table " + name);
      return 0;
    }
  }
}
