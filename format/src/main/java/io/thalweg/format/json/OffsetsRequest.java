package io.thalweg.format.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.TablePath;

/**
 * Asks for an offset of a bucket.
 *
 * @param at {@link Position.Named#EARLIEST}, {@link Position.Named#LATEST} or {@link
 *     Position.Timestamp}, which is the bare number of milliseconds here
 */
public record OffsetsRequest(TablePath table, int bucket, Position at) {

  /** Reads a request. */
  public static OffsetsRequest read(byte[] json) {
    JsonFields fields = JsonFields.parse("the request", json);
    TablePath table = TablePath.parseReadable(fields.text("table"));
    int bucket = fields.optionalInt("bucket").orElse(0);
    JsonNode value = fields.any("at");
    Position at =
        value != null && value.isNumber()
            ? new Position.Timestamp(fields.number("at", value))
            : Position.read(fields, "at", Position.Named.LATEST);
    if (at != Position.Named.EARLIEST
        && at != Position.Named.LATEST
        && !(at instanceof Position.Timestamp)) {
      throw fields.wrong("at", "\"earliest\", \"latest\" or milliseconds", value);
    }
    fields.end();
    return new OffsetsRequest(table, bucket, at);
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("table", table.toString()).put("bucket", bucket);
    object.set(
        "at",
        at instanceof Position.Timestamp time ? LongNode.valueOf(time.millis()) : at.toJson());
    return JsonFields.bytes(object);
  }

  /** The answer: {@code {"offset": n}}. */
  public static byte[] answer(long offset) {
    return JsonFields.bytes(JsonFields.object().put("offset", offset));
  }

  /** Reads the answer. */
  public static long readAnswer(byte[] json) {
    JsonFields fields = JsonFields.parse("the answer", json);
    long offset = fields.number("offset");
    return offset;
  }
}
