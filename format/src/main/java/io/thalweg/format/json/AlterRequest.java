package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.TablePath;
import java.util.OptionalInt;

/**
 * The body of alter-table.
 *
 * @param changes as {@link io.thalweg.format.alter.AlterText} has them
 * @param ifSchemaId the schema that the caller saw; empty for any
 */
public record AlterRequest(TablePath table, String changes, OptionalInt ifSchemaId) {

  /** Reads {@code {"table", "changes", "if_schema_id"}}. */
  public static AlterRequest read(byte[] json) {
    JsonFields fields = JsonFields.parse("alter-table", json);
    AlterRequest request =
        new AlterRequest(
            TablePath.parse(fields.text("table")),
            fields.text("changes"),
            fields.optionalInt("if_schema_id"));
    fields.end();
    return request;
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("table", table.toString()).put("changes", changes);
    ifSchemaId.ifPresent(id -> object.put("if_schema_id", id));
    return JsonFields.bytes(object);
  }
}
