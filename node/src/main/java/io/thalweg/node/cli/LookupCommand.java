package io.thalweg.node.cli;

import io.thalweg.client.LogScanner;
import io.thalweg.client.LookupOptions;
import io.thalweg.client.LookupResult;
import io.thalweg.client.Lookuper;
import io.thalweg.client.Row;
import io.thalweg.client.ScanBatch;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.DataType;
import io.thalweg.node.cli.terminal.CliException;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import io.thalweg.node.cli.terminal.Waiting;
import io.thalweg.node.cli.text.CommaList;
import io.thalweg.node.cli.text.KeyText;
import io.thalweg.node.cli.text.RowPrinter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.util.TransferPair;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks rows up by their keys. */
@Command(
    name = "lookup",
    mixinStandardHelpOptions = true,
    description = "Looks up rows of a table with a primary key.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg lookup airports SFO JFK --columns iata,city",
      "  thalweg lookup orders 2026-11-22,17    a key of two columns",
      "  thalweg lookup people '\"Doe, Jane\",17'  one that has a comma itself",
      "  thalweg lookup orders 2026-11-22       all rows whose key begins with it",
      "  thalweg lookup airports --each flights.origin    as a join would; prints the rate"
    })
final class LookupCommand implements Callable<Integer> {
  private static final int MAX_IN_FLIGHT = 4;

  @Mixin ConnectionOptions connection;

  @Parameters(index = "0", paramLabel = "TABLE", description = "table or database.table")
  String table;

  @Parameters(
      index = "1..*",
      paramLabel = "KEY",
      description =
          "the key's values in key order, commas between; the first ones alone find all rows that"
              + " begin with them. In a key of several columns a value that has a comma or begins"
              + " with a quote stands in double quotes, those within it doubled")
  List<String> keys = new ArrayList<>();

  @Option(
      names = "--columns",
      paramLabel = "NAMES",
      description = "columns wanted, with commas between")
  String[] columns;

  @Option(
      names = "--each",
      paramLabel = "TABLE.COLUMN",
      description = "look up every value of another table's column and print how many were found")
  String each;

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  RowPrinter.Style output;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    if (keys.isEmpty() == (each == null)) {
      throw new CliException("give keys, or --each TABLE.COLUMN");
    }
    columns = columns == null ? null : CommaList.names(columns);
    try (ThalwegConnection thalweg = connection.connect()) {
      TableInfo info = thalweg.admin().table(TablePath.parse(table));
      List<Column> key = KeyText.columns(info);
      LookupOptions options =
          columns == null ? LookupOptions.DEFAULT : LookupOptions.columns(columns);
      try (Lookuper lookuper = thalweg.lookuper(info.path(), options)) {
        return each == null ? print(info, lookuper) : join(thalweg, info, key, lookuper);
      }
    }
  }

  private int print(TableInfo info, Lookuper lookuper) {
    List<CompletableFuture<List<Row>>> found =
        keys.stream().map(text -> find(lookuper, KeyText.firstValues(info, text))).toList();
    List<String> names =
        columns == null
            ? info.schema().columns().stream().map(Column::name).toList()
            : List.of(columns);
    List<DataType> types =
        names.stream()
            .map(name -> info.schema().indexOf(name).orElseThrow())
            .map(at -> info.schema().columns().get(at).type())
            .toList();
    RowPrinter printer = new RowPrinter(spec.commandLine().getOut(), output, names, types, false);
    int missing = 0;
    for (int i = 0; i < keys.size(); i++) {
      List<Row> rows = Waiting.join(found.get(i));
      rows.forEach(printer::print);
      if (rows.isEmpty()) {
        missing++;
        spec.commandLine().getErr().println("no row has the key " + keys.get(i));
      }
    }
    printer.end();
    return missing == 0 ? 0 : 1;
  }

  private static CompletableFuture<List<Row>> find(Lookuper lookuper, Object[] values) {
    return values.length == lookuper.table().schema().primaryKey().size()
        ? lookuper.lookup(values).thenApply(row -> row.stream().toList())
        : lookuper.lookupPrefix(values);
  }

  /** Looks up every value of a column, batch by batch. */
  private int join(ThalwegConnection thalweg, TableInfo info, List<Column> key, Lookuper lookuper) {
    int dot = each.lastIndexOf('.');
    if (dot < 1 || key.size() != 1) {
      throw new CliException(
          "--each takes TABLE.COLUMN, for a table whose key is one column; '"
              + each
              + "' and the key "
              + info.schema().primaryKeyNames()
              + " do not fit");
    }
    ScanOptions scan =
        ScanOptions.all(each.substring(0, dot))
            .withColumns(each.substring(dot + 1))
            .withoutPositions();
    long begin = System.nanoTime();
    long looked = 0;
    long found = 0;
    ArrayDeque<CompletableFuture<LookupResult>> underWay = new ArrayDeque<>();
    try (LogScanner scanner = thalweg.scanner(scan)) {
      while (!scanner.finished()) {
        for (ScanBatch batch : scanner.pollBatches(Duration.ofMillis(200))) {
          looked += batch.rows().getRowCount();
          try (batch;
              VectorSchemaRoot keysOfBatch = renamed(batch.rows(), key.get(0).name())) {
            underWay.add(lookuper.lookup(keysOfBatch));
          }
          if (underWay.size() >= MAX_IN_FLIGHT) {
            found += count(underWay.remove());
          }
        }
      }
      while (!underWay.isEmpty()) {
        found += count(underWay.remove());
      }
    } finally {
      // After a failure: results that still arrive are closed, to free their memory.
      for (CompletableFuture<LookupResult> each : underWay) {
        var unused = each.thenAccept(LookupResult::close);
      }
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "looked up %,d values of %s in %s in %.2f s, %,.0f a second; found %,d%n",
            looked,
            each,
            info.path(),
            seconds,
            looked / seconds,
            found);
    return 0;
  }

  private static long count(CompletableFuture<LookupResult> result) {
    try (LookupResult rows = Waiting.join(result)) {
      return rows.rows().getRowCount();
    }
  }

  /** The only vector, renamed to the key's column; takes over the memory from {@code rows}. */
  private static VectorSchemaRoot renamed(VectorSchemaRoot rows, String name) {
    FieldVector vector = rows.getVector(0);
    TransferPair pair = vector.getTransferPair(name, vector.getAllocator());
    pair.transfer();
    FieldVector same = (FieldVector) pair.getTo();
    return new VectorSchemaRoot(List.of(same.getField()), List.of(same), same.getValueCount());
  }
}
