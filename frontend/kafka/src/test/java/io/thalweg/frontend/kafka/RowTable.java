package io.thalweg.frontend.kafka;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.rowjson.JsonRow;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.MemoryServerApi;
import io.thalweg.server.api.Principal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.arrow.vector.VectorSchemaRoot;

/** A table of rows, filled without Kafka. One thread. */
final class RowTable {
  final MemoryServerApi server;
  TableInfo info;

  RowTable(DoorFixture door, String path, List<Column> columns, String... primaryKey) {
    this(door, path, 1, columns, List.of(primaryKey), List.of(), Map.of());
  }

  RowTable(
      DoorFixture door,
      String path,
      int buckets,
      List<Column> columns,
      List<String> primaryKey,
      List<String> bucketKey,
      Map<String, String> properties) {
    this.server = door.server;
    TablePath named = TablePath.parse(path);
    if (!server.listDatabases(Principal.SERVER).join().containsKey(named.database())) {
      server.createDatabase(Principal.SERVER, named.database(), "").join();
    }
    TableDescriptor descriptor =
        new TableDescriptor(
            Schema.first(columns, primaryKey), buckets, List.of(), bucketKey, properties, "");
    this.info = server.createTable(Principal.SERVER, named, descriptor).join();
  }

  void alter(String changes) {
    info = server.alterTable(Principal.SERVER, info.path(), OptionalInt.empty(), changes).join();
  }

  /** Writes rows, given as JSON, as one batch. */
  void write(String... rows) {
    write(info.schema().columns(), rows);
  }

  /** Deletes rows of a table with a primary key. */
  void delete(String... keys) {
    List<Column> columns = new ArrayList<>(info.schema().columns());
    columns.add(SystemColumns.CHANGE_TYPE);
    String[] rows = new String[keys.length];
    for (int i = 0; i < keys.length; i++) {
      rows[i] = keys[i].replaceFirst("}$", ", \"__change_type\": 3}");
    }
    write(columns, rows);
  }

  private void write(List<Column> columns, String... rows) {
    JsonRow reader = new JsonRow(columns);
    Schema schema = info.schema();
    org.apache.arrow.vector.types.pojo.Schema arrow =
        columns.size() == schema.columns().size()
            ? schema.toArrow()
            : new org.apache.arrow.vector.types.pojo.Schema(
                columns.stream()
                    .map(
                        each -> io.thalweg.format.type.ArrowTypes.toArrow(each.name(), each.type()))
                    .toList());
    try (VectorSchemaRoot root = VectorSchemaRoot.create(arrow, server.allocator())) {
      for (int row = 0; row < rows.length; row++) {
        Object[] values = reader.read(ByteBuffer.wrap(rows[row].getBytes(StandardCharsets.UTF_8)));
        for (int i = 0; i < values.length; i++) {
          VectorWriter.write(root.getVector(i), row, columns.get(i).type(), values[i]);
        }
      }
      root.setRowCount(rows.length);
      server
          .append(
              Principal.SERVER,
              info,
              OptionalInt.empty(),
              WriterStamp.NONE,
              root,
              server.reserve(1).join())
          .join();
    } catch (Exact.Misfit misfit) {
      throw new IllegalArgumentException(misfit);
    }
  }
}
