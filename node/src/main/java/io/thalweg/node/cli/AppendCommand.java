package io.thalweg.node.cli;

import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.client.UpsertOptions;
import io.thalweg.client.WriterOptions;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
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
    description =
        "Appends the rows of a Parquet, CSV or JSON lines file. Columns are matched by name and cast to the table's types."
            + " Each row is stored once, also when the server is lost on the way and comes back.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg append flights flights.parquet",
      "  thalweg append flights flights.csv --create",
      "  generate | thalweg append events - --format json"
    })
final class AppendCommand implements Callable<Integer> {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  @Mixin ConnectionOptions connection;

  @Parameters(paramLabel = "TABLE", index = "0", description = "table or database.table")
  String table;

  @Parameters(paramLabel = "FILE", index = "1", description = "what to append; - is standard input")
  String file;

  @Option(
      names = "--format",
      description = "${COMPLETION-CANDIDATES}; told by the file's ending where it is left out")
  InputFile.Format format;

  @Option(
      names = "--create",
      description = "make the table from the file's columns if there is none")
  boolean create;

  @Option(names = "--rate", paramLabel = "ROWS", description = "at most so many rows per second")
  long rate;

  @Option(names = "--quiet", description = "no progress bar")
  boolean quiet;

  @Spec CommandSpec spec;

  private final AtomicLong acknowledged = new AtomicLong();

  @Override
  public Integer call() throws Exception {
    try (ThalwegConnection thalweg = connection.connect();
        InputFile input = InputFile.open(file, format)) {
      TableInfo info = table(thalweg, input);
      try (RowSource source =
          new RowSource(input, select(info, thalweg, input), thalweg.allocator())) {
        return append(thalweg, info, source);
      }
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
    try (RowSource source = new RowSource(input, "*", thalweg.allocator())) {
      List<Column> columns = new ArrayList<>();
      source
          .reader()
          .getVectorSchemaRoot()
          .getSchema()
          .getFields()
          .forEach(field -> columns.add(Column.of(field.getName(), ArrowTypes.fromArrow(field))));
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
  }

  /**
   * The table's columns, cast to its types where DuckDB has them, null where the file lacks them.
   */
  private String select(TableInfo info, ThalwegConnection thalweg, InputFile input)
      throws Exception {
    try (RowSource source = new RowSource(input, "*", thalweg.allocator())) {
      List<String> there =
          source.reader().getVectorSchemaRoot().getSchema().getFields().stream()
              .map(field -> field.getName())
              .toList();
      for (String name : there) {
        if (info.schema().indexOf(name).isEmpty()) {
          throw new CliException(
              "the file has a column '"
                  + name
                  + "' that table "
                  + info.path()
                  + " lacks; its columns are "
                  + info.schema().columns().stream().map(Column::name).toList());
        }
      }
      List<String> columns = new ArrayList<>();
      for (Column column : info.schema().columns()) {
        String quoted = '"' + column.name().replace("\"", "\"\"") + '"';
        if (!there.contains(column.name()) && !info.schema().primaryKey().isEmpty()) {
          continue; // what is there of it stays
        }
        if (there.contains(column.name())) {
          columns.add(cast(quoted, quoted, column.type()));
        } else if (column.type() instanceof DataType.Scalar) {
          columns.add(cast("NULL", quoted, column.type()));
        } else {
          throw new CliException(
              "the file lacks the column '" + column.name() + "' of type " + column.type());
        }
      }
      return String.join(", ", columns);
    }
  }

  private static String cast(String value, String column, DataType type) {
    if (!(type instanceof DataType.Scalar scalar)) {
      return value + " AS " + column;
    }
    String target =
        switch (scalar.kind()) {
          case BOOLEAN, TINYINT, SMALLINT, BIGINT, FLOAT, DOUBLE, DATE -> scalar.kind().name();
          case INT -> "INTEGER";
          case CHAR, STRING -> "VARCHAR";
          case BYTES -> "BLOB";
          case DECIMAL -> "DECIMAL(" + scalar.precision() + "," + scalar.scale() + ")";
          case TIMESTAMP ->
              scalar.precision() == 0
                  ? "TIMESTAMP_S"
                  : scalar.precision() <= 3
                      ? "TIMESTAMP_MS"
                      : scalar.precision() <= 6 ? "TIMESTAMP" : "TIMESTAMP_NS";
          case TIMESTAMP_LTZ -> scalar.precision() == 6 ? "TIMESTAMPTZ" : null;
          case TIME -> scalar.precision() == 6 ? "TIME" : null;
          case BINARY -> null;
        };
    return (target == null ? value : "CAST(" + value + " AS " + target + ")") + " AS " + column;
  }

  private int append(ThalwegConnection thalweg, TableInfo info, RowSource source) throws Exception {
    long begin = System.nanoTime();
    AtomicLong failed = new AtomicLong();
    long sent = 0;
    CompletableFuture<?> last = CompletableFuture.completedFuture(null);
    Progress progress = new Progress(spec.commandLine().getErr(), source.rows(), quiet, begin);
    try (Sink writer = Sink.open(thalweg, info, source)) {
      ArrowReader reader = source.reader();
      while (reader.loadNextBatch()) {
        VectorSchemaRoot root = reader.getVectorSchemaRoot();
        long rows = root.getRowCount();
        pace(begin, sent);
        last = writer.append(root).whenComplete((ack, failure) -> count(ack, failure, failed));
        if (last.isCompletedExceptionally()) {
          break;
        }
        sent += rows;
        progress.show(acknowledged.get());
      }
      progress.showUntil(writer.flush(), acknowledged::get);
      last.join();
    } catch (CompletionException failure) {
      progress.end(acknowledged.get());
      spec.commandLine()
          .getErr()
          .printf(
              Locale.ROOT, "%,d rows were acknowledged before the failure%n", acknowledged.get());
      throw failure.getCause() instanceof ThalwegException known ? known : failure;
    }
    progress.end(acknowledged.get());
    double seconds = (System.nanoTime() - begin) / (double) NANOS_PER_SECOND;
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "appended %,d rows to %s in %.2f s, %,.0f rows/s%n",
            acknowledged.get(),
            info.path(),
            seconds,
            acknowledged.get() / seconds);
    return failed.get() == 0 ? 0 : 1;
  }

  /** Where batches go: behind each other, or to the rows with their keys. */
  private interface Sink extends AutoCloseable {
    CompletableFuture<AppendAck> append(VectorSchemaRoot rows);

    CompletableFuture<Void> flush();

    @Override
    void close();

    static Sink open(ThalwegConnection thalweg, TableInfo info, RowSource source) throws Exception {
      if (info.schema().primaryKey().isEmpty()) {
        TableWriter writer = thalweg.writer(info.path(), WriterOptions.DEFAULT);
        return of(writer::append, writer::flush, writer::close);
      }
      List<String> columns =
          source.reader().getVectorSchemaRoot().getSchema().getFields().stream()
              .map(field -> field.getName())
              .toList();
      TableUpsertWriter writer =
          thalweg.upsertWriter(
              info.path(),
              columns.size() == info.schema().columns().size()
                  ? UpsertOptions.DEFAULT
                  : UpsertOptions.columns(columns.toArray(String[]::new)));
      return of(writer::upsert, writer::flush, writer::close);
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

  private void count(AppendAck ack, Throwable failure, AtomicLong failed) {
    if (failure != null) {
      failed.incrementAndGet();
    } else {
      ack.parts().forEach(part -> acknowledged.addAndGet(part.count()));
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

  /** A progress line on standard error, while it is a terminal. */
  private static final class Progress {
    private static final int WIDTH = 30;
    private static final long SHOWN_EVERY_NANOS = 100_000_000L;
    private final PrintWriter err;
    private final long total;
    private final boolean shown;
    private final long begin;
    private long lastShown;

    @SuppressWarnings("SystemConsoleNull") // from Java 22 on a line too many, in a file at worst
    Progress(PrintWriter err, long total, boolean quiet, long begin) {
      this.err = err;
      this.total = total;
      this.shown = !quiet && System.console() != null;
      this.begin = begin;
    }

    void show(long rows) {
      long now = System.nanoTime();
      if (shown && now - lastShown > SHOWN_EVERY_NANOS) {
        lastShown = now;
        print(rows, now);
      }
    }

    /** Waits for {@code done}, the line kept up to date meanwhile. */
    void showUntil(CompletableFuture<?> done, LongSupplier rows) throws InterruptedException {
      while (true) {
        try {
          done.get(SHOWN_EVERY_NANOS, TimeUnit.NANOSECONDS);
          return;
        } catch (TimeoutException notYet) {
          show(rows.getAsLong());
        } catch (ExecutionException failure) {
          throw new CompletionException(failure.getCause());
        }
      }
    }

    private void print(long rows, long now) {
      double rate = rows / Math.max(1e-9, (now - begin) / 1e9);
      if (total > 0) {
        int done = (int) (WIDTH * Math.min(rows, total) / total);
        err.printf(
            Locale.ROOT,
            "\r[%s%s] %3d %%  %,d rows, %,.0f rows/s ",
            "#".repeat(done),
            ".".repeat(WIDTH - done),
            100 * rows / total,
            rows,
            rate);
      } else {
        err.printf(Locale.ROOT, "\r%,d rows, %,.0f rows/s ", rows, rate);
      }
      err.flush();
    }

    void end(long rows) {
      if (shown) {
        print(rows, System.nanoTime());
        err.println();
      }
    }
  }
}
