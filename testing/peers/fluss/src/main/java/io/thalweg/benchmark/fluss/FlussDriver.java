package io.thalweg.benchmark.fluss;

import io.thalweg.benchmark.workload.DriverLoop;
import io.thalweg.benchmark.workload.KeyReader;
import io.thalweg.benchmark.workload.PeerDriver;
import io.thalweg.benchmark.workload.RowReader;
import io.thalweg.benchmark.workload.RowSink;
import io.thalweg.benchmark.workload.RowWriter;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.apache.fluss.client.Connection;
import org.apache.fluss.client.ConnectionFactory;
import org.apache.fluss.client.admin.Admin;
import org.apache.fluss.client.lookup.Lookuper;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.writer.AppendWriter;
import org.apache.fluss.client.table.writer.UpsertWriter;
import org.apache.fluss.cluster.ServerType;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.BinaryString;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.row.InternalRow;
import org.apache.fluss.types.DataTypes;

/**
 * Fluss through its Java client. Settings that begin with {@code table.} are the tables', all
 * others the client's. As {@link PeerDriver} says of threads.
 */
public final class FlussDriver implements PeerDriver {
  private static final String DATABASE = "fluss";
  private static final int READY_SECONDS = 60;

  private final Connection connection;
  private final Map<String, String> ofTables = new TreeMap<>();

  private FlussDriver(String address, Map<String, String> settings) {
    Configuration configuration = new Configuration();
    configuration.setString("bootstrap.servers", address);
    settings.forEach(
        (name, value) -> {
          if (name.startsWith("table.")) {
            ofTables.put(name, value);
          } else {
            configuration.setString(name, value);
          }
        });
    this.connection = ConnectionFactory.createConnection(configuration);
  }

  /** The process of this driver. */
  public static void main(String[] args) {
    DriverLoop.serve(args, FlussDriver::new);
  }

  @Override
  public void createTable(String table, boolean keyed, int buckets) {
    Schema.Builder schema =
        Schema.newBuilder()
            .column("id", DataTypes.BIGINT())
            .column("ts", DataTypes.BIGINT())
            .column("kind", DataTypes.STRING())
            .column("payload", DataTypes.STRING());
    if (keyed) {
      schema.primaryKey("id");
    }
    TableDescriptor.Builder descriptor = TableDescriptor.builder().schema(schema.build());
    if (keyed) {
      descriptor.distributedBy(buckets, "id");
    } else {
      descriptor.distributedBy(buckets);
    }
    ofTables.forEach(descriptor::property);
    Admin admin = connection.getAdmin();
    awaitTabletServer(admin);
    admin.createTable(path(table), descriptor.build(), false).join();
  }

  /** The server listens before the coordinator knows it. */
  private static void awaitTabletServer(Admin admin) {
    long begin = System.nanoTime();
    while (admin.getServerNodes().join().stream()
        .noneMatch(node -> node.serverType() == ServerType.TABLET_SERVER)) {
      if (System.nanoTime() - begin > READY_SECONDS * 1_000_000_000L) {
        throw new IllegalStateException("no tablet server after " + READY_SECONDS + " s");
      }
      LockSupport.parkNanos(100_000_000L);
    }
  }

  private static TablePath path(String table) {
    return TablePath.of(DATABASE, table);
  }

  private static InternalRow row(long id, long ts, String kind, String payload) {
    GenericRow row = new GenericRow(4);
    row.setField(0, id);
    row.setField(1, ts);
    row.setField(2, BinaryString.fromString(kind));
    row.setField(3, BinaryString.fromString(payload));
    return row;
  }

  @Override
  public RowWriter appender(String table) {
    Table opened = connection.getTable(path(table));
    AppendWriter writer = opened.newAppend().createWriter();
    return new RowWriter() {
      @Override
      public Future<?> write(long id, long ts, String kind, String payload) {
        return writer.append(row(id, ts, kind, payload));
      }

      @Override
      public void flush() {
        writer.flush();
      }

      @Override
      public void close() {
        ended(opened);
      }
    };
  }

  @Override
  public RowWriter upserter(String table) {
    Table opened = connection.getTable(path(table));
    UpsertWriter writer = opened.newUpsert().createWriter();
    return new RowWriter() {
      @Override
      public Future<?> write(long id, long ts, String kind, String payload) {
        return writer.upsert(row(id, ts, kind, payload));
      }

      @Override
      public void flush() {
        writer.flush();
      }

      @Override
      public void close() {
        ended(opened);
      }
    };
  }

  @Override
  public RowReader scanner(String table, List<String> columns) {
    Table opened = connection.getTable(path(table));
    return new FlussReader(opened, columns, FlussReader.ends(connection, opened));
  }

  @Override
  public RowReader follower(String table, List<String> columns) {
    return new FlussReader(connection.getTable(path(table)), columns, Map.of());
  }

  /** Hands a row over whose columns stand {@code at} these places; -1 where one is missing. */
  static void hand(InternalRow row, int[] at, RowSink sink) {
    sink.row(
        at[0] < 0 ? 0 : row.getLong(at[0]),
        at[1] < 0 ? 0 : row.getLong(at[1]),
        at[2] < 0 ? null : row.getString(at[2]).toString(),
        at[3] < 0 ? null : row.getString(at[3]).toString());
  }

  @Override
  public KeyReader keys(String table) {
    Table opened = connection.getTable(path(table));
    Lookuper lookuper = opened.newLookup().createLookuper();
    int[] at = {0, 1, 2, 3};
    return new KeyReader() {
      @Override
      public CompletableFuture<?> lookup(long id, RowSink sink) {
        return lookuper
            .lookup(GenericRow.of(id))
            .thenAccept(
                found -> {
                  InternalRow row = found.getSingletonRow();
                  if (row == null) {
                    throw new NoSuchElementException("no row " + id);
                  }
                  hand(row, at, sink);
                });
      }

      @Override
      public void close() {
        ended(opened);
      }
    };
  }

  /** Closes what may fail to close. */
  static void ended(AutoCloseable opened) {
    try {
      opened.close();
    } catch (Exception failure) {
      throw new IllegalStateException("closing failed", failure);
    }
  }

  @Override
  public void close() throws Exception {
    connection.close();
  }
}
