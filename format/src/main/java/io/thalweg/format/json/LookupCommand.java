package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TablePath;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Names the table in which a stream of keys is looked up: the command of DoExchange.
 *
 * @param tableId as for {@link PutCommand}
 * @param schemaId as for {@link PutCommand}
 * @param columns names in the order wanted; empty for all of the table's
 */
public record LookupCommand(
    TablePath table, OptionalLong tableId, OptionalInt schemaId, Optional<List<String>> columns) {
  /** Copies the list. */
  public LookupCommand {
    columns = columns.map(List::copyOf);
  }

  /** Reads a command. */
  public static LookupCommand read(byte[] json) {
    JsonFields fields = JsonFields.parse("a DoExchange command", json);
    LookupCommand command =
        new LookupCommand(
            TablePath.parse(fields.text("lookup")),
            fields.optionalLong("table_id"),
            fields.optionalInt("schema_id"),
            fields.texts("columns", Schema.MAX_COLUMNS + 2));
    fields.end();
    return command;
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("lookup", table.toString());
    tableId.ifPresent(id -> object.put("table_id", id));
    schemaId.ifPresent(id -> object.put("schema_id", id));
    columns.ifPresent(names -> names.forEach(object.putArray("columns")::add));
    return JsonFields.bytes(object);
  }
}
