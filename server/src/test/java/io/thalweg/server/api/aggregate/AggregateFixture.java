package io.thalweg.server.api.aggregate;

import io.thalweg.format.aggregate.Aggregation;
import io.thalweg.format.aggregate.Groups;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.ThalwegServer;
import io.thalweg.server.aggregate.AggregateMemory;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.RowScan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.util.Text;

/** A server with one table, and aggregates of it as a front door runs them. One thread. */
final class AggregateFixture implements AutoCloseable {
  static final long SECOND = 1_000_000_000L;

  final ServerUnderTest one;
  final Map<String, String> settings;
  ThalwegServer server;
  private final SimEventLoop door;
  final Tasks tasks;

  AggregateFixture(Map<String, String> settings) {
    this.settings = settings;
    this.one = new ServerUnderTest(settings);
    this.server = one.server;
    this.door = one.scheduler.newLoop("door");
    this.tasks = new Tasks(door, door);
  }

  TableInfo create(String columns, int buckets, List<String> key, Map<String, String> properties) {
    Schema schema =
        Schema.first(TypeText.parseColumns(columns).stream().map(Column::of).toList(), key);
    return one.await(
        server.createTable(
            ServerUnderTest.WHO,
            TablePath.parse("t"),
            new TableDescriptor(schema, buckets, List.of(), properties, "")));
  }

  TableInfo alter(String changes) {
    return one.await(
        server.alterTable(ServerUnderTest.WHO, TablePath.parse("t"), OptionalInt.empty(), changes));
  }

  /** Appends rows; a row has the values of the schema's columns, in the forms of this class. */
  void append(TableInfo table, OptionalInt bucket, List<List<Object>> rows) {
    List<FieldVector> vectors = new ArrayList<>();
    for (Column column : table.schema().columns()) {
      FieldVector vector =
          ArrowTypes.toArrow(column.name(), column.type()).createVector(one.allocator);
      vector.allocateNew();
      for (int i = 0; i < rows.size(); i++) {
        VectorWriter.write(vector, i, column.type(), form(rows.get(i).get(vectors.size())));
      }
      vector.setValueCount(rows.size());
      vectors.add(vector);
    }
    try (VectorSchemaRoot root = new VectorSchemaRoot(vectors)) {
      root.setRowCount(rows.size());
      one.await(one.append(server, table, bucket, WriterStamp.NONE, root));
    }
  }

  private static Object form(Object value) {
    return value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : value;
  }

  /** Waits until what is old enough is in segments. */
  void compact() {
    one.scheduler.runFor(5 * SECOND);
  }

  /** Begins anew with empty caches, so that segments are read where the tail was. */
  void restart() {
    one.await(server.close());
    server = one.newServer("s1", settings);
    server.start();
    one.scheduler.runFor(40 * SECOND);
  }

  long groupBytes() {
    return ((AggregateMemory) server.groupMemory()).used();
  }

  /**
   * What an aggregate gave.
   *
   * @param parts of each bucket, as rows
   * @param merged all of these together
   */
  record Result(List<Part> parts, List<List<Object>> merged, AggregateScan.Counts counts) {}

  /** The rows of one bucket. */
  record Part(int bucket, long baseOffset, long nextOffset, List<List<Object>> rows) {}

  Result ofLog(
      TableInfo table,
      TableView view,
      Aggregation asked,
      String filter,
      List<LogAggregate.Span> spans) {
    AggregatePlan plan = AggregatePlan.ofLog(table, view, filter, asked, 10_000);
    return run(plan, logScan(plan, spans));
  }

  LogAggregate logScan(AggregatePlan plan, List<LogAggregate.Span> spans) {
    return new LogAggregate(server, ServerUnderTest.WHO, plan, spans, ReadShare.UNLIMITED, tasks);
  }

  Result ofRows(TableInfo table, Aggregation asked, String filter) {
    AggregatePlan plan = AggregatePlan.ofRows(table, filter, asked, 10_000);
    RowScan rows =
        one.await(
            server.scanRows(
                ServerUnderTest.WHO, table, OptionalInt.empty(), plan.columns(), filter));
    return run(
        plan, new RowsAggregate(rows, plan, server.groupMemory(), ReadShare.UNLIMITED, tasks));
  }

  /** Runs {@code scan} to its end, as the tasks of a stream. */
  Result run(AggregatePlan plan, AggregateScan scan) {
    Groups all = plan.bound().groups(100_000, 1L << 30);
    List<Part> parts = new ArrayList<>();
    try {
      Optional<Partial> next = one.await(next(scan));
      while (next.isPresent()) {
        try (Partial part = next.get();
            VectorSchemaRoot rows = part.write(0, part.count(), one.allocator)) {
          all.merge(rows);
          parts.add(new Part(part.bucket(), part.baseOffset(), part.nextOffset(), values(rows)));
        }
        next = one.await(next(scan));
      }
    } finally {
      door.execute(scan::close);
      one.scheduler.runFor(1_000_000);
    }
    try (VectorSchemaRoot rows = all.write(one.allocator)) {
      return new Result(parts, values(rows), scan.counts());
    }
  }

  CompletableFuture<Optional<Partial>> next(AggregateScan scan) {
    CompletableFuture<Optional<Partial>> next = new CompletableFuture<>();
    door.execute(
        () -> {
          var unused =
              scan.next()
                  .whenComplete(
                      (part, failure) -> {
                        if (failure != null) {
                          next.completeExceptionally(failure);
                        } else {
                          next.complete(part);
                        }
                      });
        });
    return next;
  }

  private static List<List<Object>> values(VectorSchemaRoot rows) {
    List<List<Object>> values = new ArrayList<>();
    for (int i = 0; i < rows.getRowCount(); i++) {
      Object[] row = new Object[rows.getFieldVectors().size()];
      for (int c = 0; c < row.length; c++) {
        row[c] = value(rows.getVector(c), i);
      }
      values.add(Arrays.asList(row));
    }
    return values;
  }

  /** Whole numbers and moments as Long, other numbers as Double or BigDecimal, texts as String. */
  static Object value(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    if (vector instanceof TimeStampVector moments) {
      return moments.get(row);
    }
    Object value = vector.getObject(row);
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    if (value instanceof Float number) {
      return (double) number;
    }
    return value instanceof Text ? value.toString() : value;
  }

  /** The type of a column. */
  static DataType type(TableInfo table, String name) {
    return table.schema().columns().get(table.schema().indexOf(name).orElseThrow()).type();
  }

  @Override
  public void close() {
    one.await(server.close());
    one.close();
  }
}
