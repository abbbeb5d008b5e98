package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.TablePath;
import java.util.OptionalInt;

/**
 * Asks for the next part of a bucket's stored bytes to be read and checked: the body of scrub.
 *
 * @param from empty for the beginning; else {@code next} of the answer before
 */
public record ScrubRequest(TablePath table, int bucket, String from) {

  /** Reads a request. */
  public static ScrubRequest read(byte[] json) {
    JsonFields fields = JsonFields.parse("the request", json);
    OptionalInt bucket = fields.optionalInt("bucket");
    ScrubRequest request =
        new ScrubRequest(
            TablePath.parseReadable(fields.text("table")).checkTable(),
            bucket.orElse(0),
            fields.optionalText("from").orElse(""));
    fields.end();
    return request;
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("table", table.toString()).put("bucket", bucket);
    if (!from.isEmpty()) {
      object.put("from", from);
    }
    return JsonFields.bytes(object);
  }
}
