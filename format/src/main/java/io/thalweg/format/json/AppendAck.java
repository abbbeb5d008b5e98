package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.TableDescriptor;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer to one batch that was sent: its rows are durable and have offsets.
 *
 * @param parts one per bucket that got rows
 */
public record AppendAck(List<Part> parts) {
  /** Copies the list. */
  public AppendAck {
    parts = List.copyOf(parts);
  }

  /**
   * The rows of one bucket, in the order sent.
   *
   * @param baseOffset of the first
   * @param count how many
   * @param duplicate whether an earlier try of the same writer stored them
   */
  public record Part(int bucket, long baseOffset, int count, boolean duplicate) {}

  /** Reads what {@link #toJson} wrote. */
  public static AppendAck read(byte[] json) {
    JsonFields fields = JsonFields.parse("an acknowledgement", json);
    List<Part> parts = new ArrayList<>();
    for (JsonFields part : fields.objects("parts", TableDescriptor.MAX_BUCKETS).orElse(List.of())) {
      parts.add(
          new Part(
              part.optionalInt("bucket").orElse(0),
              part.number("base_offset"),
              part.optionalInt("count").orElse(0),
              part.flag("duplicate", false)));
    }
    return new AppendAck(parts);
  }

  /** {@code {"parts":[{"bucket","base_offset","count","duplicate"}]}}. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object();
    ArrayNode array = object.putArray("parts");
    for (Part part : parts) {
      array
          .addObject()
          .put("bucket", part.bucket())
          .put("base_offset", part.baseOffset())
          .put("count", part.count())
          .put("duplicate", part.duplicate());
    }
    return JsonFields.bytes(object);
  }
}
