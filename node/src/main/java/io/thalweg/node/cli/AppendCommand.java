package io.thalweg.node.cli;

import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.client.UpsertOptions;
import io.thalweg.client.WriterOptions;
import io.thalweg.client.write.RowRange;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.table.MergeOptions;
import io.thalweg.format.type.TypeText;
import io.thalweg.node.cli.terminal.CliException;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import io.thalweg.node.cli.terminal.Progress;
import io.thalweg.node.cli.text.RowSelection;
import io.thalweg.node.input.FileRows;
import io.thalweg.node.input.InputException;
import io.thalweg.node.input.InputFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Appends a file's rows to a table. */
@Command(
    name = "append",
    mixinStandardHelpOptions = true,
    description = {
      "Appends the rows of a Parquet, CSV or JSON lines file. Columns are matched by name and read as the table's types:"
          + " a value that does not fit exactly ends the command with its row and column.",
      "Each row is stored once, also when the server is lost on the way and comes back. After a failure the command says which"
          + " rows of the file are stored and how to append the others (--rows).",
      "A killed command cannot resume by itself: the cluster remembers a writer's last batches, but each run"
          + " is a new writer, and no request says how far another run got. Then count what arrived (thalweg scan"
          + " TABLE --count) and append the others with --rows, or use a table with a primary key: there a second run writes the"
          + " same rows again (sums of an aggregation count twice).",
      "What scan prints as CSV or JSON is read back as the same rows. The columns __offset and __timestamp, as our own Parquet"
          + " files have them, are left out: the table makes its own."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg append flights flights.parquet",
      "  thalweg append flights flights.csv --create",
      "  generate | thalweg append events - --format json",
      "  thalweg append flights flights.csv --rows 3617-    the rest of a file"
    })
final class AppendCommand implements Callable<Integer> {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Bytes of a batch, for which one outcome is recorded; well below the servers' limit. */
  private static final long BATCH_BYTES = 4L << 20;

  @Mixin ConnectionOptions connection;

  @Parameters(paramLabel = "TABLE", index = "0", description = "table or database.table")
  String table;

  @Parameters(paramLabel = "FILE", index = "1", description = "what to append; - is standard input")
  String file;

  @Option(
      names = "--format",
      description = "${COMPLETION-CANDIDATES}; default: derived from the file's ending")
  InputFile.Format format;

  @Option(
      names = "--create",
      description = "make the table from the file's columns if there is none")
  boolean create;

  @Option(
      names = "--rows",
      paramLabel = "FROM-TO",
      description = "only these rows of the file, from 1; several with commas: 1-100,3617-")
  String rows;

  @Option(names = "--rate", paramLabel = "ROWS", description = "at most this many rows per second")
  long rate;

  @Option(names = "--quiet", description = "no progress bar")
  boolean quiet;

  @Spec CommandSpec spec;

  private final AppendLedger ledger = new AppendLedger();

  @Override
  public Integer call() throws Exception {
    RowSelection selection = RowSelection.parse(rows);
    try (ThalwegConnection thalweg = connection.connect();
        InputFile input = InputFile.open(file, format, System.in)) {
      TableInfo info = table(thalweg, input);
      try (FileRows source = input.rows(info, thalweg.allocator())) {
        return append(thalweg, info, source, selection);
      }
    } catch (InputException unreadable) {
      throw new CliException(unreadable.getMessage());
    }
  }

  private TableInfo table(ThalwegConnection thalweg, InputFile input) throws Exception {
    TablePath path = TablePath.parse(table);
    try {
      return thalweg.admin().table(path);
    } catch (ThalwegException missing) {
      if (missing.code() != ErrorCode.TABLE_NOT_FOUND) {
        throw missing;
      }
      if (!create) {
        throw new CliException(
            missing.getMessage() + "; add --create to make it from the file's columns");
      }
    }
    List<Column> columns = input.columns(thalweg.allocator());
    TableInfo made =
        thalweg
            .admin()
            .createTable(
                path,
                new TableDescriptor(Schema.first(columns, List.of()), 1, List.of(), Map.of(), ""),
                false);
    spec.commandLine()
        .getErr()
        .println(
            "created table "
                + made.path()
                + " with "
                + columns.stream()
                    .map(column -> TypeText.quote(column.name()) + " " + column.type())
                    .toList());
    return made;
  }

  private int append(
      ThalwegConnection thalweg, TableInfo info, FileRows source, RowSelection selection)
      throws Exception {
    long begin = System.nanoTime();
    RuntimeException failure = null;
    Progress progress = new Progress(spec.commandLine().getErr(), source.count(), quiet, begin);
    try (Sink writer = Sink.open(thalweg, info, source)) {
      try {
        send(source, selection, writer, progress, begin);
      } catch (ThalwegException | InputException stopped) {
        failure = stopped;
      }
      progress.showUntil(writer.flush(), ledger::stored);
    } catch (ThalwegException unclosed) {
      failure = failure == null ? unclosed : failure;
    }
    progress.end(ledger.stored());
    if (!source.leftOut().isEmpty()) {
      spec.commandLine()
          .getErr()
          .println(
              "left out "
                  + String.join(", ", source.leftOut())
                  + " of the file: every table makes its own");
    }
    if (!source.renamed().isEmpty()) {
      spec.commandLine()
          .getErr()
          .println(
              "read "
                  + String.join(", ", source.renamed())
                  + " of the file without the underscores: names that begin with __ are the table's own");
    }
    if (ledger.failure() != null) {
      failure = ledger.failure();
    }
    if (failure != null) {
      spec.commandLine()
          .getErr()
          .println(ledger.report(selection, !info.schema().primaryKey().isEmpty()));
      throw failure;
    }
    double seconds = (System.nanoTime() - begin) / (double) NANOS_PER_SECOND;
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "appended %,d rows to %s in %.2f s, %,.0f rows/s%n",
            ledger.stored(),
            info.path(),
            seconds,
            ledger.stored() / seconds);
    return 0;
  }

  /** Sends the selected rows in batches, until the file ends or a batch fails. */
  private void send(
      FileRows source, RowSelection selection, Sink writer, Progress progress, long begin) {
    long before = 0;
    long sent = 0;
    for (VectorSchemaRoot root = source.next(); root != null; root = source.next()) {
      for (RowSelection.Range chosen : selection.within(before + 1, root.getRowCount())) {
        int from = (int) (chosen.first() - before - 1);
        try (VectorSchemaRoot part = root.slice(from, (int) chosen.count())) {
          for (RowRange range : RowRange.split(part, BATCH_BYTES)) {
            if (ledger.failure() != null) {
              return;
            }
            pace(begin, sent);
            try (VectorSchemaRoot batch = part.slice(range.first(), range.count())) {
              ledger.sent(
                  before + 1 + from + range.first(), range.count(), () -> writer.append(batch));
            }
            sent += range.count();
            progress.show(ledger.stored());
          }
        }
      }
      before += root.getRowCount();
    }
  }

  /** Where batches go: appended to a log, or upserted by their keys. */
  private interface Sink extends AutoCloseable {
    CompletableFuture<AppendAck> append(VectorSchemaRoot rows);

    CompletableFuture<Void> flush();

    @Override
    void close();

    static Sink open(ThalwegConnection thalweg, TableInfo info, FileRows source) {
      if (info.schema().primaryKey().isEmpty()) {
        TableWriter writer = thalweg.writer(info.path(), WriterOptions.DEFAULT);
        return of(writer::append, writer::flush, writer::close);
      }
      List<String> columns = source.columns();
      refuseParts(info, columns);
      TableUpsertWriter writer =
          thalweg.upsertWriter(
              info.path(),
              columns.size() == info.schema().columns().size()
                  ? UpsertOptions.DEFAULT
                  : UpsertOptions.columns(columns.toArray(String[]::new)));
      return of(writer::upsert, writer::flush, writer::close);
    }

    /** Refuses incomplete rows before any is sent, for engines that take whole rows only. */
    private static void refuseParts(TableInfo info, List<String> columns) {
      MergeOptions options = MergeOptions.from(info.schema(), info.descriptor().properties());
      List<String> names = info.schema().columns().stream().map(Column::name).toList();
      List<String> missing = new ArrayList<>(names);
      missing.removeAll(columns);
      options.autoIncrement().ifPresent(own -> missing.remove(names.get(own)));
      MergeOptions.Engine engine = options.engine();
      if (!missing.isEmpty()
          && (engine == MergeOptions.Engine.FIRST_ROW || engine == MergeOptions.Engine.VERSIONED)) {
        throw new CliException(
            "table "
                + info.path()
                + " takes whole rows (table.merge-engine = "
                + engine.name().toLowerCase(Locale.ROOT)
                + "), and the file lacks "
                + String.join(", ", missing)
                + "; add these columns to the file, empty where there is no value");
      }
    }

    private static Sink of(
        Function<VectorSchemaRoot, CompletableFuture<AppendAck>> append,
        Supplier<CompletableFuture<Void>> flush,
        Runnable close) {
      return new Sink() {
        @Override
        public CompletableFuture<AppendAck> append(VectorSchemaRoot rows) {
          return append.apply(rows);
        }

        @Override
        public CompletableFuture<Void> flush() {
          return flush.get();
        }

        @Override
        public void close() {
          close.run();
        }
      };
    }
  }

  private void pace(long begin, long sent) {
    if (rate > 0) {
      long due = begin + (long) ((double) sent / rate * NANOS_PER_SECOND);
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
  }
}
