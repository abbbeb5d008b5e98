package io.thalweg.format.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.Shown;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields of one JSON object from outside. The caller asks for each by name and type; {@link
 * #end} refuses the others. One thread.
 */
public final class JsonFields {
  /** Largest request or reply, in bytes. */
  static final int MAX_BYTES = 4 << 20;

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(20)
                          .maxNumberLength(40)
                          .maxNameLength(20_000)
                          .maxStringLength(1 << 20)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final String what;
  private final JsonNode node;
  private final Set<String> asked = new HashSet<>();

  private JsonFields(String what, JsonNode node) {
    if (!node.isObject()) {
      throw bad(what + " must be a JSON object, not " + shown(node));
    }
    this.what = what;
    this.node = node;
  }

  /**
   * Parses a message; empty bytes are an empty object, and one without a version has version 1.
   *
   * @throws ThalwegException UNSUPPORTED for a version that this release does not understand
   */
  public static JsonFields parse(String what, byte[] json) {
    if (json.length > MAX_BYTES) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          what + " has " + json.length + " bytes, over the limit of " + MAX_BYTES);
    }
    if (json.length == 0) {
      return new JsonFields(what, MAPPER.createObjectNode());
    }
    try {
      JsonFields fields = new JsonFields(what, MAPPER.readTree(json));
      JsonVersion.check(what, fields.number(JsonVersion.FIELD, 1));
      return fields;
    } catch (JsonProcessingException malformed) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          what + " is not valid JSON: " + malformed.getOriginalMessage(),
          malformed);
    } catch (IOException unreadable) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          what + " cannot be read: " + unreadable.getMessage(),
          unreadable);
    }
  }

  /** An object to write: a message for {@link #bytes}, or a part of one. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** The bytes of a message, which begins with its version. */
  public static byte[] bytes(ObjectNode object) {
    ObjectNode message = object().put(JsonVersion.FIELD, JsonVersion.CURRENT);
    message.setAll(object);
    try {
      return MAPPER.writeValueAsBytes(message);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The value of a field, null where it is absent or null. */
  JsonNode any(String name) {
    asked.add(name);
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  /** A text that must be there. */
  public String text(String name) {
    return optionalText(name)
        .orElseThrow(() -> bad(what + " needs \"" + name + "\", which is missing"));
  }

  /** A text that may be absent. */
  public Optional<String> optionalText(String name) {
    JsonNode value = any(name);
    if (value != null && !value.isTextual()) {
      throw wrong(name, "a text", value);
    }
    return Optional.ofNullable(value).map(JsonNode::textValue);
  }

  /** A whole number that must be there. */
  public long number(String name) {
    JsonNode value = any(name);
    if (value == null) {
      throw bad(what + " needs \"" + name + "\", which is missing");
    }
    return number(name, value);
  }

  /** A whole number, or {@code orElse}. */
  public long number(String name, long orElse) {
    JsonNode value = any(name);
    return value == null ? orElse : number(name, value);
  }

  /** A whole number from 0 to 2^31 - 1 that may be absent. */
  public OptionalInt optionalInt(String name) {
    JsonNode value = any(name);
    return value == null ? OptionalInt.empty() : OptionalInt.of(smallNumber(name, value));
  }

  /** A whole number that may be absent. */
  OptionalLong optionalLong(String name) {
    JsonNode value = any(name);
    return value == null ? OptionalLong.empty() : OptionalLong.of(number(name, value));
  }

  /** True or false. */
  public boolean flag(String name, boolean orElse) {
    JsonNode value = any(name);
    if (value == null) {
      return orElse;
    }
    if (!value.isBoolean()) {
      throw wrong(name, "true or false", value);
    }
    return value.booleanValue();
  }

  /** A list of texts, or empty. */
  Optional<List<String>> texts(String name, int maxCount) {
    JsonNode value = any(name);
    if (value == null) {
      return Optional.empty();
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : array(name, value, maxCount)) {
      if (!element.isTextual()) {
        throw wrong(name, "a list of texts", element);
      }
      texts.add(element.textValue());
    }
    return Optional.of(texts);
  }

  /** An object whose values are texts; empty where absent. */
  public Map<String, String> textMap(String name, int maxCount) {
    JsonNode value = any(name);
    Map<String, String> map = new LinkedHashMap<>();
    if (value != null) {
      if (!value.isObject() || value.size() > maxCount) {
        throw wrong(name, "an object of at most " + maxCount + " texts", value);
      }
      for (Map.Entry<String, JsonNode> entry : value.properties()) {
        if (!entry.getValue().isTextual()) {
          throw wrong(name + "." + entry.getKey(), "a text", entry.getValue());
        }
        map.put(entry.getKey(), entry.getValue().textValue());
      }
    }
    return map;
  }

  /** An object whose values are texts or null; empty where absent. */
  Map<String, Optional<String>> nullableTextMap(String name, int maxCount) {
    JsonNode value = any(name);
    Map<String, Optional<String>> map = new LinkedHashMap<>();
    if (value != null) {
      if (!value.isObject() || value.size() > maxCount) {
        throw wrong(name, "an object of at most " + maxCount + " texts", value);
      }
      for (Map.Entry<String, JsonNode> entry : value.properties()) {
        JsonNode one = entry.getValue();
        if (!one.isTextual() && !one.isNull()) {
          throw wrong(name + "." + entry.getKey(), "a text or null", one);
        }
        map.put(entry.getKey(), Optional.ofNullable(one.textValue()));
      }
    }
    return map;
  }

  /** An object within the object. */
  public Optional<JsonFields> object(String name) {
    JsonNode value = any(name);
    return value == null
        ? Optional.empty()
        : Optional.of(new JsonFields("\"" + name + "\" of " + what, value));
  }

  /** A list of objects, or empty. */
  public Optional<List<JsonFields>> objects(String name, int maxCount) {
    JsonNode value = any(name);
    if (value == null) {
      return Optional.empty();
    }
    List<JsonFields> objects = new ArrayList<>();
    for (JsonNode element : array(name, value, maxCount)) {
      objects.add(new JsonFields("an element of \"" + name + "\" of " + what, element));
    }
    return Optional.of(objects);
  }

  /** Refuses fields that were not asked for. */
  public void end() {
    Set<String> unknown = new TreeSet<>();
    node.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(asked);
    if (!unknown.isEmpty()) {
      throw bad(
          what
              + " has no field "
              + shown(unknown.iterator().next())
              + "; its fields are "
              + new TreeSet<>(asked));
    }
  }

  int smallNumber(String name, JsonNode value) {
    long number = number(name, value);
    if (number < 0 || number > Integer.MAX_VALUE) {
      throw wrong(name, "a number from 0 to " + Integer.MAX_VALUE, value);
    }
    return (int) number;
  }

  long number(String name, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(name, "a whole number", value);
    }
    return value.longValue();
  }

  ThalwegException wrong(String name, String wanted, JsonNode value) {
    return bad("\"" + name + "\" of " + what + " is " + shown(value) + "; give " + wanted);
  }

  private JsonNode array(String name, JsonNode value, int maxCount) {
    if (!value.isArray()) {
      throw wrong(name, "a list", value);
    }
    if (value.size() > maxCount) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "\"" + name + "\" of " + what + " has " + value.size() + " elements, over " + maxCount);
    }
    return value;
  }

  /** INVALID_REQUEST with that message. */
  public static ThalwegException bad(String message) {
    return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
  }

  private static String shown(Object value) {
    return Shown.of(value instanceof String ? "\"" + value + "\"" : value.toString());
  }
}
