package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.TablePath;

/**
 * Names a table: the body of drop-table, describe-table and files.
 *
 * @param table a table; for describe-table a virtual one too
 * @param ifExists no error if it does not exist
 */
public record TableRequest(TablePath table, boolean ifExists) {

  /** Reads a request. */
  public static TableRequest read(byte[] json) {
    JsonFields fields = JsonFields.parse("the request", json);
    TableRequest request =
        new TableRequest(
            TablePath.parseReadable(fields.text("table")), fields.flag("if_exists", false));
    fields.end();
    return request;
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("table", table.toString());
    if (ifExists) {
      object.put("if_exists", true);
    }
    return JsonFields.bytes(object);
  }
}
