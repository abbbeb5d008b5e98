package io.thalweg.format.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Asks for an offset of a bucket, or of all.
 *
 * @param bucket empty for all
 * @param partition by column, values that the partitions meant have; empty for all
 * @param at {@link Position.Named#EARLIEST}, {@link Position.Named#LATEST} or {@link
 *     Position.Timestamp}, which is the bare number of milliseconds here
 */
public record OffsetsRequest(
    TablePath table, OptionalInt bucket, Map<String, Optional<String>> partition, Position at) {

  /** Asks for the offset of one bucket. */
  public OffsetsRequest(TablePath table, int bucket, Position at) {
    this(table, OptionalInt.of(bucket), Map.of(), at);
  }

  /** Reads a request. */
  public static OffsetsRequest read(byte[] json) {
    JsonFields fields = JsonFields.parse("the request", json);
    TablePath table = TablePath.parseReadable(fields.text("table"));
    OptionalInt bucket = fields.optionalInt("bucket");
    Map<String, Optional<String>> partition =
        fields.nullableTextMap("partition", TableDescriptor.MAX_PARTITION_COLUMNS);
    if (bucket.isPresent() && !partition.isEmpty()) {
      throw JsonFields.bad("the request names a \"bucket\" and a \"partition\"; give one of them");
    }
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
    return new OffsetsRequest(table, bucket, partition, at);
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("table", table.toString());
    bucket.ifPresent(number -> object.put("bucket", number));
    PartitionJson.put(object, partition);
    object.set(
        "at",
        at instanceof Position.Timestamp time ? LongNode.valueOf(time.millis()) : at.toJson());
    return JsonFields.bytes(object);
  }

  /** The answer: {@code {"offset": n}}. */
  public static byte[] answer(long offset) {
    return JsonFields.bytes(JsonFields.object().put("offset", offset));
  }

  /** The answer for one of several buckets: {@code {"bucket": b, "offset": n}}. */
  public static byte[] answer(int bucket, long offset) {
    return JsonFields.bytes(JsonFields.object().put("bucket", bucket).put("offset", offset));
  }

  /** Reads the answer for one of several buckets into {@code offsets}. */
  public static void readAnswer(byte[] json, Map<Integer, Long> offsets) {
    JsonFields fields = JsonFields.parse("the answer", json);
    offsets.put((int) fields.number("bucket"), fields.number("offset"));
  }

  /** Reads the answer. */
  public static long readAnswer(byte[] json) {
    JsonFields fields = JsonFields.parse("the answer", json);
    long offset = fields.number("offset");
    return offset;
  }
}
