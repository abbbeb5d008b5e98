package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.TablePath;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where a stream of batches goes, the command of DoPut.
 *
 * @param bucket of all batches that name none themselves
 * @param writer for storing once
 */
public record PutCommand(TablePath table, OptionalInt bucket, Optional<WriterId> writer) {

  /** Reads a command. */
  public static PutCommand read(byte[] json) {
    JsonFields fields = JsonFields.parse("a DoPut command", json);
    PutCommand command =
        new PutCommand(
            TablePath.parse(fields.text("table")),
            fields.optionalInt("bucket"),
            fields.object("writer").map(WriterId::readStrictly));
    fields.end();
    return command;
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("table", table.toString());
    bucket.ifPresent(number -> object.put("bucket", number));
    writer.ifPresent(id -> object.set("writer", id.object()));
    return JsonFields.bytes(object);
  }
}
