package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.Defaults;
import io.thalweg.format.type.TypeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Table descriptors and table infos. Stateless. */
public final class TableJson {
  private TableJson() {}

  /**
   * The body of create-table.
   *
   * @param ifNotExists no error if the table exists, even with another schema
   */
  public record CreateTable(TablePath table, TableDescriptor descriptor, boolean ifNotExists) {}

  /**
   * Reads {@code {"table", "columns":[…] or "schema":"id BIGINT NOT NULL, …", "buckets",
   * "bucket_key", "primary_key", "properties", "comment", "if_not_exists"}}. Accepts ids of columns
   * and ignores them: a new table assigns its own.
   */
  public static CreateTable readCreate(byte[] json) {
    JsonFields fields = JsonFields.parse("create-table", json);
    TablePath table = TablePath.parse(fields.text("table"));
    Optional<String> text = fields.optionalText("schema");
    Optional<List<JsonFields>> objects = fields.objects("columns", Schema.MAX_COLUMNS);
    if (text.isPresent() == objects.isPresent()) {
      throw JsonFields.bad(
          "create-table needs either \"columns\" or \"schema\", "
              + (text.isPresent() ? "not both" : "both are missing"));
    }
    List<Column> columns =
        text.isPresent()
            ? TypeText.parseColumns(text.get()).stream().map(Column::of).toList()
            : objects.get().stream().map(TableJson::readColumnStrictly).toList();
    Schema schema =
        Schema.first(columns, fields.texts("primary_key", Schema.MAX_COLUMNS).orElse(List.of()));
    TableDescriptor descriptor = readRest(fields, schema);
    boolean ifNotExists = fields.flag("if_not_exists", false);
    fields.end();
    return new CreateTable(table, descriptor, ifNotExists);
  }

  private static TableDescriptor readRest(JsonFields fields, Schema schema) {
    return new TableDescriptor(
        schema,
        fields.optionalInt("buckets").orElse(1),
        fields.texts("partition_key", TableDescriptor.MAX_PARTITION_COLUMNS).orElse(List.of()),
        fields.texts("bucket_key", Schema.MAX_COLUMNS).orElse(List.of()),
        fields.textMap("properties", TableDescriptor.MAX_PROPERTIES),
        fields.optionalText("comment").orElse(""));
  }

  private static Column readColumnStrictly(JsonFields fields) {
    Column column = readColumn(fields);
    fields.end();
    return column;
  }

  private static Column readColumn(JsonFields fields) {
    int id = fields.optionalInt("id").orElse(0);
    String name = fields.text("name");
    DataType type = TypeText.parse(fields.text("type"));
    String comment = fields.optionalText("comment").orElse("");
    return new Column(
        id,
        name,
        type,
        comment,
        new Defaults(fields.optionalText("initial_default"), fields.optionalText("default")));
  }

  /** Writes what {@link #readCreate} reads. */
  public static byte[] write(CreateTable create) {
    ObjectNode object = JsonFields.object().put("table", create.table().toString());
    writeDescriptor(object, create.descriptor());
    if (create.ifNotExists()) {
      object.put("if_not_exists", true);
    }
    return JsonFields.bytes(object);
  }

  /**
   * Writes {@code
   * {"table","table_id","storage_id","schema_id","created_ms","columns","primary_key","buckets",
   * "partition_key","bucket_key","properties","comment"}} and, of a partitioned table, {@code
   * "next_partition", "partitions": [{"number","values","storage_id","created_ms"}]}.
   */
  public static byte[] write(TableInfo info) {
    ObjectNode object = describe(info);
    if (info.isPartitioned()) {
      object.put("next_partition", info.partitions().next());
      ArrayNode all = object.putArray("partitions");
      info.partitions().all().forEach(each -> PartitionJson.put(all.addObject(), each));
    }
    return JsonFields.bytes(object);
  }

  /** Writes the same without the partitions, of which a table may have thousands. */
  public static byte[] writeBriefly(TableInfo info) {
    return JsonFields.bytes(describe(info));
  }

  private static ObjectNode describe(TableInfo info) {
    ObjectNode object =
        JsonFields.object()
            .put("table", info.path().toString())
            .put("table_id", info.tableId())
            .put("storage_id", info.storage().value())
            .put("schema_id", info.schema().schemaId())
            .put("highest_column_id", info.schema().highestColumnId())
            .put("created_ms", info.createdMillis());
    writeDescriptor(object, info.descriptor());
    return object;
  }

  private static void writeDescriptor(ObjectNode object, TableDescriptor descriptor) {
    ArrayNode columns = object.putArray("columns");
    for (Column column : descriptor.schema().columns()) {
      ObjectNode written =
          columns
              .addObject()
              .put("id", column.id())
              .put("name", column.name())
              .put("type", column.type().toString());
      if (!column.comment().isEmpty()) {
        written.put("comment", column.comment());
      }
      column.defaults().initial().ifPresent(value -> written.put("initial_default", value));
      column.defaults().write().ifPresent(value -> written.put("default", value));
    }
    ArrayNode key = object.putArray("primary_key");
    for (int id : descriptor.schema().primaryKey()) {
      for (Column column : descriptor.schema().columns()) {
        if (column.id() == id) {
          key.add(column.name());
        }
      }
    }
    object.put("buckets", descriptor.bucketCount());
    if (!descriptor.partitionKey().isEmpty()) {
      descriptor.partitionKey().forEach(object.putArray("partition_key")::add);
    }
    descriptor.bucketKey().forEach(object.putArray("bucket_key")::add);
    ObjectNode properties = object.putObject("properties");
    descriptor.properties().forEach(properties::put);
    object.put("comment", descriptor.comment());
  }

  /** Reads what {@link #write(TableInfo)} wrote. Nested ids are not part of it: they are 0. */
  public static TableInfo readInfo(byte[] json) {
    JsonFields fields = JsonFields.parse("a table's description", json);
    List<Column> columns =
        fields.objects("columns", Schema.MAX_COLUMNS + 3).orElse(List.of()).stream()
            .map(TableJson::readColumn)
            .toList();
    List<Integer> key = new ArrayList<>();
    for (String name : fields.texts("primary_key", Schema.MAX_COLUMNS).orElse(List.of())) {
      columns.stream()
          .filter(column -> column.name().equals(name))
          .forEach(column -> key.add(column.id()));
    }
    Schema schema =
        new Schema(
            fields.optionalInt("schema_id").orElse(1),
            fields.optionalInt("highest_column_id").orElse(0),
            columns,
            key);
    Optional<List<JsonFields>> partitions =
        fields.objects("partitions", PartitionJson.MOST_OF_A_TABLE);
    int next = fields.optionalInt("next_partition").orElse(0);
    TableInfo table =
        TableInfo.created(
            fields.number("table_id"),
            new StorageId(fields.number("storage_id")),
            TablePath.parseReadable(fields.text("table")),
            readRest(fields, schema),
            fields.number("created_ms", 0));
    return partitions.isEmpty()
        ? table
        : table.with(
            Partitions.of(next, partitions.get().stream().map(PartitionJson::read).toList()));
  }

  /** A descriptor of a log table from a column list such as {@code id BIGINT NOT NULL}. */
  public static TableDescriptor descriptor(String columns, int buckets) {
    List<Column> parsed = new ArrayList<>();
    for (DataType.Field field : TypeText.parseColumns(columns)) {
      parsed.add(Column.of(field));
    }
    return new TableDescriptor(Schema.first(parsed, List.of()), buckets, List.of(), Map.of(), "");
  }
}
