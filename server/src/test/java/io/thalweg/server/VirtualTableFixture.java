package io.thalweg.server;

import static io.thalweg.server.ServerUnderTest.WHO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.type.TypeText;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;

/** Servers, tables, and readers of their virtual tables. */
abstract class VirtualTableFixture {
  static final long SECOND = 1_000_000_000L;
  static final Map<String, String> SETTINGS = Map.of("compact.check.interval", "100ms");
  static final Map<String, String> COMPACTED = Map.of("table.segment.max-age", "1s");

  final ServerUnderTest test = new ServerUnderTest(SETTINGS);
  final ThalwegServer owner = test.server;

  // Has nothing in memory that the other server wrote.
  ThalwegServer second;

  @AfterEach
  void close() {
    if (second != null) {
      test.await(second.close());
    }
    test.close();
  }

  ThalwegServer second() {
    second = test.newServer("s2", SETTINGS);
    second.start();
    test.await(second.ready());
    return second;
  }

  TableInfo keyed(Map<String, String> properties) {
    return create("id BIGINT, name STRING, score INT", List.of("id"), properties);
  }

  TableInfo create(String columns, List<String> key, Map<String, String> properties) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(columns).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            key);
    return test.await(
        owner.createTable(
            WHO, TablePath.parse("t"), new TableDescriptor(schema, 1, List.of(), properties, "")));
  }

  /** One row to be written; with neither name nor score it deletes the row. */
  record In(long id, String name, Integer score) {}

  static In end(long id) {
    return new In(id, null, null);
  }

  void write(TableInfo table, In... rows) {
    write(table, List.of(rows));
  }

  void write(TableInfo table, List<In> rows) {
    write(table, table, rows);
  }

  void write(TableInfo table, TableInfo to, List<In> rows) {
    List<Field> fields = new ArrayList<>(table.schema().toArrow().getFields());
    fields.add(Field.nullable("__change_type", ArrowType.Utf8.INSTANCE));
    try (VectorSchemaRoot root =
        VectorSchemaRoot.create(
            new org.apache.arrow.vector.types.pojo.Schema(fields), test.allocator)) {
      root.allocateNew();
      for (int i = 0; i < rows.size(); i++) {
        In row = rows.get(i);
        ((BigIntVector) root.getVector("id")).setSafe(i, row.id);
        if (row.name != null) {
          ((VarCharVector) root.getVector("name")).setSafe(i, utf8(row.name));
        }
        if (row.score != null) {
          ((IntVector) root.getVector("score")).setSafe(i, row.score);
        }
        boolean ends = row.name == null && row.score == null;
        ((VarCharVector) root.getVector("__change_type")).setSafe(i, utf8(ends ? "-D" : "+U"));
      }
      root.setRowCount(rows.size());
      test.await(
          owner.append(
              WHO,
              to,
              OptionalInt.of(0),
              WriterStamp.NONE,
              root,
              test.await(owner.reserve(1_000))));
    }
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The rows of a scan, as text and numbers by column; nested rows are maps. */
  List<Map<String, Object>> read(
      ThalwegServer server, TableInfo table, RowReader reader, long start, long stop) {
    List<Map<String, Object>> rows = new ArrayList<>();
    long next = start;
    while (next < stop) {
      try (Fetched fetched =
          test.await(
              server.fetch(
                  WHO, new FetchRequest(table.bucket(0), next, 1 << 20, 0, reader.wants())))) {
        if (fetched.batches().isEmpty()) {
          break;
        }
        for (Fetched.Batch batch : fetched.batches()) {
          reader.read(batch, next, stop, test.allocator).ifPresent(root -> add(root, rows));
          next = Math.max(next, batch.endOffset());
        }
      }
    }
    return rows;
  }

  static void add(VectorSchemaRoot root, List<Map<String, Object>> rows) {
    try (root) {
      for (int i = 0; i < root.getRowCount(); i++) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int column = 0; column < root.getFieldVectors().size(); column++) {
          row.put(
              root.getSchema().getFields().get(column).getName(), value(root.getVector(column), i));
        }
        rows.add(row);
      }
    }
  }

  static Object value(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    if (vector instanceof StructVector struct) {
      Map<String, Object> values = new LinkedHashMap<>();
      struct
          .getChildrenFromFields()
          .forEach(child -> values.put(child.getName(), value(child, row)));
      return values;
    }
    return vector instanceof TimeStampVector times
        ? (Object) times.get(row)
        : vector instanceof VarCharVector
            ? vector.getObject(row).toString()
            : vector.getObject(row);
  }

  List<Map<String, Object>> read(TableInfo table, TableView view, String filter) {
    return read(owner, table, owner.reader(table, view, null, filter), 0, Long.MAX_VALUE);
  }

  /** Rows without their time, as "insert 0 null {…}". */
  static List<String> texts(List<Map<String, Object>> rows) {
    List<String> texts = new ArrayList<>();
    for (Map<String, Object> row : rows) {
      List<String> values = new ArrayList<>();
      row.forEach(
          (name, value) -> {
            if (!name.equals("_commit_timestamp")) {
              values.add(value instanceof Map<?, ?> map ? map.values().toString() : "" + value);
            }
          });
      texts.add(String.join(" ", values));
    }
    return texts;
  }

  static void refused(ErrorCode code, String containing, ThrowingCallable call) {
    assertThatThrownBy(call)
        .satisfies(
            thrown -> {
              Throwable root = thrown instanceof CompletionException ? thrown.getCause() : thrown;
              assertThat(root)
                  .isInstanceOfSatisfying(
                      ThalwegException.class, error -> assertThat(error.code()).isEqualTo(code))
                  .hasMessageContaining(containing);
            });
  }

  TableInfo fewChanges(Map<String, String> properties) {
    TableInfo table = keyed(properties);
    write(table, new In(1, "a", 5), new In(2, null, 6));
    test.scheduler.runFor(60 * SECOND);
    write(table, new In(1, "b", 7), end(2), new In(3, "c", 8), new In(1, "b", 9));
    return table;
  }
}
