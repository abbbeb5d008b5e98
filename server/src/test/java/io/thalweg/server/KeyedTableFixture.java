package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.AfterEach;

/** A server and tables with the key {@code id}, written to and read through the façade. */
abstract class KeyedTableFixture {
  ServerUnderTest one = new ServerUnderTest(Map.of());
  ThalwegServer server = one.server;
  ThalwegServer second;

  @AfterEach
  void close() {
    if (second != null) {
      one.await(second.close());
    }
    one.close();
  }

  TableInfo table(int buckets, Map<String, String> properties) {
    return table(buckets, properties, "id BIGINT, name STRING, score INT", List.of("id"));
  }

  TableInfo table(int buckets, Map<String, String> properties, String columns, List<String> key) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(columns).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            key);
    return one.await(
        server.createTable(
            ServerUnderTest.WHO,
            TablePath.parse("t"),
            new TableDescriptor(schema, buckets, List.of(), properties, "")));
  }

  /** One row to be written; {@code change} is null for none. */
  record In(String change, Long id, String name, Integer score) {
    In asUpsert() {
      return new In("+U", id, name, score);
    }
  }

  static In row(long id, String name, Integer score) {
    return new In(null, id, name, score);
  }

  static In delete(long id) {
    return new In("-D", id, null, null);
  }

  CompletableFuture<AppendResult> write(TableInfo table, List<String> columns, In... rows) {
    return write(table, columns, OptionalInt.empty(), WriterStamp.NONE, rows);
  }

  CompletableFuture<AppendResult> write(
      TableInfo table, List<String> columns, OptionalInt bucket, WriterStamp stamp, In... rows) {
    List<Field> fields = new ArrayList<>();
    for (Field field : table.schema().toArrow().getFields()) {
      if (columns.contains(field.getName())) {
        fields.add(
            new Field(field.getName(), FieldType.nullable(field.getType()), field.getChildren()));
      }
    }
    if (columns.contains("__change_type")) {
      fields.add(Field.nullable("__change_type", ArrowType.Utf8.INSTANCE));
    }
    try (VectorSchemaRoot root =
        VectorSchemaRoot.create(
            new org.apache.arrow.vector.types.pojo.Schema(fields), one.allocator)) {
      root.allocateNew();
      for (int i = 0; i < rows.length; i++) {
        for (FieldVector vector : root.getFieldVectors()) {
          switch (vector.getName()) {
            case "id" -> {
              if (rows[i].id != null) {
                ((BigIntVector) vector).setSafe(i, rows[i].id);
              }
            }
            case "score" -> {
              if (rows[i].score != null) {
                ((IntVector) vector).setSafe(i, rows[i].score);
              }
            }
            case "name" -> text(vector, i, rows[i].name);
            default -> text(vector, i, rows[i].change);
          }
        }
      }
      root.setRowCount(rows.length);
      return one.append(server, table, bucket, stamp, root);
    }
  }

  static void text(FieldVector vector, int row, String value) {
    if (value != null) {
      ((VarCharVector) vector).setSafe(row, value.getBytes(StandardCharsets.UTF_8));
    }
  }

  static final List<String> ALL = List.of("id", "name", "score");
  static final List<String> WITH_CHANGES = List.of("id", "name", "score", "__change_type");

  /** Rows by id, as a lookup finds them. */
  Map<Long, String> look(TableInfo table, long... ids) {
    try (BigIntVector keys = new BigIntVector("id", one.allocator)) {
      for (int i = 0; i < ids.length; i++) {
        keys.setSafe(i, ids[i]);
      }
      keys.setValueCount(ids.length);
      VectorSchemaRoot root =
          new VectorSchemaRoot(List.of(keys.getField()), List.of(keys), ids.length);
      try (VectorSchemaRoot found =
          one.await(server.lookup(ServerUnderTest.WHO, table, root, List.of("score", "name")))) {
        Map<Long, String> rows = new TreeMap<>();
        for (int i = 0; i < found.getRowCount(); i++) {
          int key = ((IntVector) found.getVector("__key_index")).get(i);
          rows.put(
              ids[key],
              found.getVector("name").getObject(i) + ":" + found.getVector("score").getObject(i));
        }
        return rows;
      }
    }
  }

  /** The changelog of a bucket from an offset on, as "+I 1 a 5". */
  List<String> changelog(TableInfo table, int bucket, long from) {
    RowReader reader = server.reader(table, null, null);
    List<String> changes = new ArrayList<>();
    try (Fetched fetched =
        one.await(
            server.fetch(
                ServerUnderTest.WHO,
                new FetchRequest(table.bucket(bucket), from, 1 << 20, 0, reader.wants())))) {
      for (Fetched.Batch batch : fetched.batches()) {
        try (VectorSchemaRoot rows =
            reader.read(batch, from, Long.MAX_VALUE, one.allocator).orElseThrow()) {
          for (int i = 0; i < rows.getRowCount(); i++) {
            int type = ((Number) rows.getVector("__change_type").getObject(i)).intValue();
            changes.add(
                ChangeType.ofNumber(type).symbol()
                    + " "
                    + rows.getVector("id").getObject(i)
                    + " "
                    + rows.getVector("name").getObject(i)
                    + " "
                    + rows.getVector("score").getObject(i));
          }
        }
      }
    }
    return changes;
  }

  void refused(CompletableFuture<?> future, ErrorCode code, String... says) {
    assertThatThrownBy(() -> one.await(future))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(ThalwegException.class)
        .hasMessageContainingAll(says)
        .satisfies(thrown -> assertThat(((ThalwegException) thrown).code()).isEqualTo(code));
  }
}
