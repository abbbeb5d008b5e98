package io.thalweg.node.cli.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.thalweg.client.Row;
import io.thalweg.format.type.DataType;
import io.thalweg.format.variant.Variant;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Writes values as text that {@code thalweg append} reads back as the same value, see
 * docs/types.md. Stateless; any thread.
 */
public final class ValueText {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();

  private ValueText() {}

  /** Writes part of one JSON text. */
  private interface Content {
    void write(JsonGenerator json) throws IOException;
  }

  /**
   * A value that is not null: nested ones as JSON, others as their plain text.
   *
   * @param type of the value; null where it is not known
   */
  public static String of(DataType type, Object value) {
    return nested(type, value) ? json(json -> value(json, type, value)) : scalar(value);
  }

  /** A value for people: nested values have no quotes. */
  public static String shown(DataType type, Object value) {
    if (value == null) {
      return "NULL";
    }
    StringBuilder text = new StringBuilder();
    if (value instanceof Row row) {
      for (int i = 0; i < row.size(); i++) {
        text.append(i == 0 ? "{" : ", ").append(row.names().get(i)).append('=');
        text.append(shown(field(type, i), row.get(i)));
      }
      return text.append('}').toString();
    }
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (key, item) ->
              text.append(text.isEmpty() ? "" : ", ")
                  .append(shown(key(type), key))
                  .append('=')
                  .append(shown(mapped(type), item)));
      return "{" + text + "}";
    }
    if (value instanceof List<?> || isVector(type, value)) {
      items(value)
          .forEach(
              item -> text.append(text.isEmpty() ? "" : ", ").append(shown(element(type), item)));
      return "[" + text + "]";
    }
    return scalar(value);
  }

  /**
   * A row as one JSON object.
   *
   * @param types of the values; null for one that is not known
   */
  public static String object(List<String> names, List<DataType> types, List<?> values) {
    return json(
        json -> {
          json.writeStartObject();
          for (int i = 0; i < names.size(); i++) {
            json.writeFieldName(names.get(i));
            value(json, types.get(i), values.get(i));
          }
          json.writeEndObject();
        });
  }

  private static boolean nested(DataType type, Object value) {
    return value instanceof Row
        || value instanceof List<?>
        || value instanceof Map<?, ?>
        || value instanceof Variant
        || isVector(type, value);
  }

  private static boolean isVector(DataType type, Object value) {
    return value instanceof float[] || value instanceof double[] || type instanceof DataType.Vector;
  }

  /** The values of a list, or the numbers of a vector. */
  private static List<?> items(Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    List<Object> numbers = new ArrayList<>();
    for (int i = 0; i < Array.getLength(value); i++) {
      numbers.add(Array.get(value, i));
    }
    return numbers;
  }

  private static DataType field(DataType type, int at) {
    return type instanceof DataType.Row row ? row.fields().get(at).type() : null;
  }

  private static DataType key(DataType type) {
    return type instanceof DataType.Map map ? map.key() : null;
  }

  private static DataType mapped(DataType type) {
    return type instanceof DataType.Map map ? map.value() : null;
  }

  private static DataType element(DataType type) {
    return type instanceof DataType.Array array ? array.element() : null;
  }

  private static String scalar(Object value) {
    if (value instanceof byte[] bytes) {
      return Base64.getEncoder().encodeToString(bytes);
    }
    if (value instanceof BigDecimal decimal) {
      return decimal.toPlainString();
    }
    if (value instanceof LocalTime time) {
      return DateTimeFormatter.ISO_LOCAL_TIME.format(time);
    }
    if (value instanceof LocalDateTime moment) {
      return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(moment);
    }
    if (value instanceof Instant moment) {
      return scalar(LocalDateTime.ofInstant(moment, ZoneOffset.UTC)) + "Z";
    }
    return value.toString();
  }

  private static String json(Content content) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      content.write(json);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return text.toString();
  }

  private static void value(JsonGenerator json, DataType type, Object value) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Row row) {
      json.writeStartObject();
      for (int i = 0; i < row.size(); i++) {
        json.writeFieldName(row.names().get(i));
        value(json, field(type, i), row.get(i));
      }
      json.writeEndObject();
    } else if (value instanceof List<?> || isVector(type, value)) {
      json.writeStartArray();
      for (Object item : items(value)) {
        value(json, element(type), item);
      }
      json.writeEndArray();
    } else if (value instanceof Variant variant) {
      json.writeRawValue(variant.toJson());
    } else if (value instanceof Map<?, ?> map) {
      map(json, type, map);
    } else if (value instanceof Boolean bool) {
      json.writeBoolean(bool);
    } else if (value instanceof Double fraction) {
      json.writeNumber(fraction);
    } else if (value instanceof Float fraction) {
      json.writeNumber(fraction);
    } else if (value instanceof Number) {
      json.writeNumber(scalar(value));
    } else {
      json.writeString(scalar(value));
    }
  }

  /**
   * Writes an object with the keys' texts, or an array of pairs where keys are nested or share a
   * text.
   */
  private static void map(JsonGenerator json, DataType type, Map<?, ?> map) throws IOException {
    boolean texts =
        map.keySet().stream().noneMatch(key -> nested(key(type), key))
            && map.keySet().stream().map(ValueText::scalar).distinct().count() == map.size();
    if (texts) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName(scalar(entry.getKey()));
        value(json, mapped(type), entry.getValue());
      }
      json.writeEndObject();
      return;
    }
    json.writeStartArray();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      json.writeStartObject();
      json.writeFieldName("key");
      value(json, key(type), entry.getKey());
      json.writeFieldName("value");
      value(json, mapped(type), entry.getValue());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
