package io.thalweg.server.evolution;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableSchemas;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.Defaults;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Bugs that the simulation of changes must find, planted by what a client is given. */
enum PlantedBug {
  NONE,
  /** Old rows get the default of new ones. */
  WRONG_DEFAULT,
  /** A column that was dropped and added again has its former id. */
  REUSED_ID,
  /** A running writer's names are taken for the names of the newest schema. */
  WRITER_BY_NEW_NAME,
  /** Bounds of values are compared with literals of another type than the values have. */
  STATISTICS_ACROSS_TYPES;

  /** The table as a reader gets it. */
  TableInfo read(TableInfo table) {
    return switch (this) {
      case NONE, WRITER_BY_NEW_NAME, STATISTICS_ACROSS_TYPES -> table;
      case WRONG_DEFAULT ->
          with(
              table,
              (column, earlier) ->
                  changed(
                      column,
                      column.id(),
                      column.type(),
                      new Defaults(column.defaults().write(), column.defaults().write())));
      case REUSED_ID ->
          with(
              table,
              (column, earlier) ->
                  earlier.stream()
                      .filter(each -> each.name().equals(column.name()))
                      .filter(each -> gone(table, each))
                      .findFirst()
                      .map(each -> changed(column, each.id(), column.type(), column.defaults()))
                      .orElse(column));
    };
  }

  /** The schema by which statistics are compared with a filter. */
  Schema filtered(TableInfo table, Schema schema) {
    if (this != STATISTICS_ACROSS_TYPES || schema == null) {
      return schema;
    }
    List<Column> columns = new ArrayList<>();
    for (Column column : schema.columns()) {
      columns.add(
          earlier(table).stream()
              .filter(each -> each.id() == column.id())
              .findFirst()
              .map(each -> changed(column, column.id(), each.type(), column.defaults()))
              .orElse(column));
    }
    return new Schema(schema.schemaId(), schema.highestColumnId(), columns, schema.primaryKey());
  }

  private static boolean gone(TableInfo table, Column column) {
    return table.schema().columns().stream().noneMatch(each -> each.id() == column.id());
  }

  private static List<Column> earlier(TableInfo table) {
    return table.schemas().all().stream().flatMap(each -> each.columns().stream()).toList();
  }

  private static Column changed(Column column, int id, DataType type, Defaults defaults) {
    return new Column(id, column.name(), type, column.comment(), defaults);
  }

  private static TableInfo with(TableInfo table, BiFunction<Column, List<Column>, Column> change) {
    Schema schema = table.schema();
    List<Column> earlier = earlier(table);
    List<Column> columns =
        schema.columns().stream().map(column -> change.apply(column, earlier)).toList();
    Schema planted =
        new Schema(schema.schemaId(), schema.highestColumnId(), columns, schema.primaryKey());
    List<Schema> all = new ArrayList<>(table.schemas().all());
    all.set(all.size() - 1, planted);
    TableDescriptor descriptor = table.descriptor();
    return new TableInfo(
        table.tableId(),
        table.storage(),
        table.path(),
        new TableDescriptor(
            planted,
            descriptor.bucketCount(),
            descriptor.bucketKey(),
            descriptor.properties(),
            descriptor.comment()),
        new TableSchemas(all),
        table.partitions(),
        table.createdMillis());
  }
}
