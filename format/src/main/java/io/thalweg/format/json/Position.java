package io.thalweg.format.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a scan begins or ends: {@code "earliest"}, {@code "latest"}, {@code "never"}, an offset,
 * {@code {"timestamp": ms}}, or {@code {"0": offset, "1": offset}} by bucket.
 */
public sealed interface Position {
  /** A position that has a name. */
  enum Named implements Position {
    /** The first record that can be read. */
    EARLIEST,
    /** After the last record that was acknowledged before the request. */
    LATEST,
    /** As a stop: no end, follow the tail. */
    NEVER
  }

  /** Most buckets whose offsets are read. */
  int MAX_ENTRIES = 131_072;

  /** An offset, the same in each bucket. */
  record Offset(long offset) implements Position {}

  /**
   * The first record appended at or after a time.
   *
   * @param millis since the Unix epoch
   */
  record Timestamp(long millis) implements Position {}

  /** An offset for each bucket. As a start it also selects: other buckets are not read. */
  record Buckets(Map<Integer, Long> offsets) implements Position {
    /** Copies the map. */
    public Buckets {
      offsets = Collections.unmodifiableMap(new TreeMap<>(offsets));
    }
  }

  /** Reads the field {@code name}; {@code orElse} where it is absent. */
  static Position read(JsonFields fields, String name, Position orElse) {
    JsonNode value = fields.any(name);
    if (value == null) {
      return orElse;
    }
    if (value.isTextual()) {
      return switch (value.textValue()) {
        case "earliest" -> Named.EARLIEST;
        case "latest" -> Named.LATEST;
        case "never" -> Named.NEVER;
        default -> throw fields.wrong(name, "\"earliest\", \"latest\" or \"never\"", value);
      };
    }
    if (value.isNumber()) {
      return new Offset(offset(fields, name, value));
    }
    if (!value.isObject() || value.isEmpty() || value.size() > MAX_ENTRIES) {
      throw fields.wrong(name, "a text, an offset, a timestamp or an object of offsets", value);
    }
    if (value.has("timestamp") && value.size() == 1) {
      return new Timestamp(fields.number(name + ".timestamp", value.get("timestamp")));
    }
    Map<Integer, Long> offsets = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      if (!entry.getKey().matches("0|[1-9]\\d{0,9}")
          || Long.parseLong(entry.getKey()) > Integer.MAX_VALUE) {
        throw fields.wrong(name, "{\"timestamp\": ms} or bucket numbers as keys", value);
      }
      offsets.put(
          Integer.parseInt(entry.getKey()),
          offset(fields, name + "." + entry.getKey(), entry.getValue()));
    }
    return new Buckets(offsets);
  }

  private static long offset(JsonFields fields, String name, JsonNode value) {
    long offset = fields.number(name, value);
    if (offset < 0) {
      throw fields.wrong(name, "an offset, from 0", value);
    }
    return offset;
  }

  /** This position as JSON. */
  default JsonNode toJson() {
    if (this instanceof Offset at) {
      return LongNode.valueOf(at.offset());
    }
    if (this instanceof Timestamp at) {
      return JsonFields.object().put("timestamp", at.millis());
    }
    if (this instanceof Buckets at) {
      ObjectNode object = JsonFields.object();
      at.offsets().forEach((bucket, offset) -> object.put(String.valueOf(bucket), offset));
      return object;
    }
    return TextNode.valueOf(((Named) this).name().toLowerCase(Locale.ROOT));
  }
}
