package io.thalweg.benchmark.workload;

import io.thalweg.client.LogScanner;
import io.thalweg.client.Lookuper;
import io.thalweg.client.Row;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.client.UpsertOptions;
import io.thalweg.client.WriterOptions;
import io.thalweg.format.json.Position;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * Thalweg through its Java client, with the client's defaults unless a setting says otherwise:
 * {@code client.linger-ms}, {@code client.batch-bytes}, {@code client.buffer-bytes}. As {@link
 * PeerDriver} says of threads.
 */
public final class ThalwegDriver implements PeerDriver {
  private final ThalwegConnection connection;
  private final WriterOptions options;

  private ThalwegDriver(String address, Map<String, String> settings) {
    this.connection = ThalwegConnection.connect(address);
    this.options = options(settings);
  }

  /** The process of this driver. */
  public static void main(String[] args) {
    DriverLoop.serve(args, ThalwegDriver::new);
  }

  private static WriterOptions options(Map<String, String> settings) {
    WriterOptions options = WriterOptions.DEFAULT;
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      long value = Long.parseLong(setting.getValue());
      options =
          switch (setting.getKey()) {
            case "client.linger-ms" -> options.withLinger(Duration.ofMillis(value));
            case "client.batch-bytes" -> options.withBatchBytes((int) value);
            case "client.buffer-bytes" -> options.withBufferBytes(value);
            default -> throw new IllegalArgumentException("no setting " + setting);
          };
    }
    return options;
  }

  @Override
  public void createTable(String table, boolean keyed, int buckets) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("id BIGINT, ts BIGINT, kind STRING, payload STRING").stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            keyed ? List.of("id") : List.of());
    connection
        .admin()
        .createTable(
            TablePath.parse(table),
            new TableDescriptor(schema, buckets, List.of(), Map.of(), ""),
            false);
  }

  @Override
  public RowWriter appender(String table) {
    TableWriter writer = connection.writer(TablePath.parse(table), options);
    return new RowWriter() {
      @Override
      public Future<?> write(long id, long ts, String kind, String payload) {
        return writer.append(id, ts, kind, payload);
      }

      @Override
      public void flush() {
        writer.flush().join();
      }

      @Override
      public void close() {
        writer.close();
      }
    };
  }

  @Override
  public RowWriter upserter(String table) {
    TableUpsertWriter writer =
        connection.upsertWriter(TablePath.parse(table), UpsertOptions.DEFAULT.withWriter(options));
    return new RowWriter() {
      @Override
      public Future<?> write(long id, long ts, String kind, String payload) {
        return writer.upsert(id, ts, kind, payload);
      }

      @Override
      public void flush() {
        writer.flush().join();
      }

      @Override
      public void close() {
        writer.close();
      }
    };
  }

  @Override
  public RowReader scanner(String table, List<String> columns) {
    return reader(ScanOptions.all(table), columns);
  }

  @Override
  public RowReader follower(String table, List<String> columns) {
    return reader(ScanOptions.subscribe(table, Position.Named.EARLIEST), columns);
  }

  private RowReader reader(ScanOptions options, List<String> columns) {
    LogScanner scanner = connection.scanner(options.withColumns(columns.toArray(String[]::new)));
    int[] at = COLUMNS.stream().mapToInt(columns::indexOf).toArray();
    return new RowReader() {
      @Override
      public void poll(Duration wait, RowSink sink) {
        for (ScanRecord record : scanner.poll(wait)) {
          hand(record.row(), at, sink);
        }
      }

      @Override
      public void close() {
        scanner.close();
      }
    };
  }

  /** Hands a row over whose columns stand {@code at} these places; -1 where one is missing. */
  private static void hand(Row row, int[] at, RowSink sink) {
    sink.row(
        at[0] < 0 ? 0 : row.getLong(at[0]),
        at[1] < 0 ? 0 : row.getLong(at[1]),
        at[2] < 0 ? null : row.getString(at[2]),
        at[3] < 0 ? null : row.getString(at[3]));
  }

  @Override
  public KeyReader keys(String table) {
    Lookuper lookuper = connection.lookuper(table);
    int[] at = {0, 1, 2, 3};
    return new KeyReader() {
      @Override
      public CompletableFuture<?> lookup(long id, RowSink sink) {
        return lookuper
            .lookup(id)
            .thenAccept(
                found ->
                    hand(
                        found.orElseThrow(() -> new NoSuchElementException("no row " + id)),
                        at,
                        sink));
      }

      @Override
      public void close() {
        lookuper.close();
      }
    };
  }

  @Override
  public void close() {
    connection.close();
  }
}
