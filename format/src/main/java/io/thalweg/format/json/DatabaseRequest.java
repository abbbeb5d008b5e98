package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.Names;
import io.thalweg.format.schema.TableDescriptor;

/**
 * Names a database: the body of create-database, drop-database and list-tables, and each answer of
 * list-databases.
 *
 * @param lenient create: no error if it exists; drop: no error if it does not
 */
public record DatabaseRequest(String database, String comment, boolean lenient) {
  /** Checks the name and the comment's length. */
  public DatabaseRequest {
    Names.checkObject("database", database);
    if (comment.length() > TableDescriptor.MAX_TEXT) {
      throw JsonFields.bad("a comment has at most " + TableDescriptor.MAX_TEXT + " characters");
    }
  }

  /**
   * Reads a request.
   *
   * @param lenientField {@code if_exists} or {@code if_not_exists}
   */
  public static DatabaseRequest read(byte[] json, String lenientField) {
    JsonFields fields = JsonFields.parse("the request", json);
    DatabaseRequest request =
        new DatabaseRequest(
            fields.text("database"),
            fields.optionalText("comment").orElse(""),
            fields.flag(lenientField, false));
    fields.end();
    return request;
  }

  /** Reads an answer of list-databases. */
  public static DatabaseRequest readAnswer(byte[] json) {
    JsonFields fields = JsonFields.parse("a database", json);
    return new DatabaseRequest(
        fields.text("database"), fields.optionalText("comment").orElse(""), false);
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson(String lenientField) {
    ObjectNode object = JsonFields.object().put("database", database);
    if (!comment.isEmpty()) {
      object.put("comment", comment);
    }
    if (lenient) {
      object.put(lenientField, true);
    }
    return JsonFields.bytes(object);
  }
}
