package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.TablePath;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Names the table that a stream of batches is written to: the command of DoPut.
 *
 * @param tableId from {@code describe-table}, so that no later table of the same name is written
 *     to; empty for any
 * @param schemaId of the table's schema that gives the columns' names their meaning; empty for the
 *     one that the table has when the stream begins
 * @param bucket for all batches that name none
 * @param writer for storing each batch once; empty without
 */
public record PutCommand(
    TablePath table,
    OptionalLong tableId,
    OptionalInt schemaId,
    OptionalInt bucket,
    Optional<WriterId> writer) {

  /** For any table of that name. */
  public PutCommand(TablePath table, OptionalInt bucket, Optional<WriterId> writer) {
    this(table, OptionalLong.empty(), OptionalInt.empty(), bucket, writer);
  }

  /** Reads a command. */
  public static PutCommand read(byte[] json) {
    JsonFields fields = JsonFields.parse("a DoPut command", json);
    PutCommand command =
        new PutCommand(
            TablePath.parse(fields.text("table")),
            fields.optionalLong("table_id"),
            fields.optionalInt("schema_id"),
            fields.optionalInt("bucket"),
            fields.object("writer").map(WriterId::readStrictly));
    fields.end();
    return command;
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("table", table.toString());
    tableId.ifPresent(id -> object.put("table_id", id));
    schemaId.ifPresent(id -> object.put("schema_id", id));
    bucket.ifPresent(number -> object.put("bucket", number));
    writer.ifPresent(id -> object.set("writer", id.object()));
    return JsonFields.bytes(object);
  }
}
