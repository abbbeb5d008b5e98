package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** A writer that stores once: {@code {"id","epoch"}}, the answer of open-writer. */
public record WriterId(long id, short epoch) {

  /** Reads what {@link #toJson} wrote. */
  public static WriterId read(byte[] json) {
    return read(JsonFields.parse("a writer", json));
  }

  /** Reads the part of a command; it may be the whole answer of open-writer, version included. */
  static WriterId readStrictly(JsonFields fields) {
    JsonVersion.check("a writer", fields.number(JsonVersion.FIELD, 1));
    WriterId writer = read(fields);
    fields.end();
    return writer;
  }

  private static WriterId read(JsonFields fields) {
    long id = fields.number("id");
    long epoch = fields.number("epoch");
    if (id < 0 || epoch < 0 || epoch > Short.MAX_VALUE) {
      throw JsonFields.bad(
          "a writer's id is from 0 and its epoch from 0 to "
              + Short.MAX_VALUE
              + ", not "
              + id
              + " and "
              + epoch);
    }
    return new WriterId(id, (short) epoch);
  }

  /** Writes what {@link #read(byte[])} reads. */
  public byte[] toJson() {
    return JsonFields.bytes(object());
  }

  ObjectNode object() {
    return JsonFields.object().put("id", id).put("epoch", epoch);
  }
}
