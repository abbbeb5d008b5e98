package io.thalweg.server.evolution;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.DataType;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Values of {@link RandomTables} and {@link VectorValues} as JSON. Stateless. */
final class JsonValues {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private JsonValues() {}

  static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException impossible) {
      throw new AssertionError(impossible);
    }
  }

  static Object value(JsonNode node, DataType type) {
    if (node.isNull()) {
      return null;
    }
    return switch (type.shape()) {
      case SCALAR -> scalar(node, (DataType.Scalar) type);
      case VECTOR -> items(node, ((DataType.Vector) type).elementType());
      case VARIANT -> {
        try {
          Variant variant = Variant.parse(node.toString());
          yield List.of(variant.metadata(), variant.value());
        } catch (VariantException impossible) {
          throw new AssertionError(impossible);
        }
      }
      case ARRAY -> items(node, ((DataType.Array) type).element());
      case MAP -> {
        List<Object> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
          Object value = value(entry.getValue(), ((DataType.Map) type).value());
          entries.add(new AbstractMap.SimpleImmutableEntry<>(entry.getKey(), value));
        }
        yield entries;
      }
      case ROW -> {
        List<Object> fields = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
          fields.add(value(node.get(i), ((DataType.Row) type).fields().get(i).type()));
        }
        yield fields;
      }
    };
  }

  private static List<Object> items(JsonNode node, DataType type) {
    List<Object> items = new ArrayList<>();
    node.forEach(item -> items.add(value(item, type)));
    return items;
  }

  private static Object scalar(JsonNode node, DataType.Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> node.booleanValue();
      case TINYINT, SMALLINT, INT, BIGINT, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> node.longValue();
      case FLOAT -> node.floatValue();
      case DOUBLE -> node.doubleValue();
      case DECIMAL -> node.bigIntegerValue();
      case CHAR, STRING -> node.textValue();
      case BINARY, BYTES -> node.textValue().getBytes(StandardCharsets.ISO_8859_1);
    };
  }

  static JsonNode node(Object value, DataType type) {
    if (value == null) {
      return NODES.nullNode();
    }
    if (type instanceof DataType.Variant) {
      List<?> parts = (List<?>) value;
      return parse(Variant.trusted((byte[]) parts.get(0), (byte[]) parts.get(1)).toJson());
    }
    if (type instanceof DataType.Map map) {
      ObjectNode object = NODES.objectNode();
      for (Object each : (List<?>) value) {
        Map.Entry<?, ?> entry = (Map.Entry<?, ?>) each;
        object.set((String) entry.getKey(), node(entry.getValue(), map.value()));
      }
      return object;
    }
    if (value instanceof List<?> list) {
      ArrayNode array = NODES.arrayNode();
      for (int i = 0; i < list.size(); i++) {
        array.add(node(list.get(i), inside(type, i)));
      }
      return array;
    }
    if (value instanceof byte[] bytes) {
      return NODES.textNode(new String(bytes, StandardCharsets.ISO_8859_1));
    }
    if (value instanceof Float || value instanceof Double) {
      return NODES.numberNode(((Number) value).doubleValue());
    }
    if (value instanceof BigInteger || value instanceof Long) {
      return parse(value.toString());
    }
    return value instanceof Boolean truth
        ? NODES.booleanNode(truth)
        : NODES.textNode((String) value);
  }

  private static DataType inside(DataType type, int at) {
    if (type instanceof DataType.Row row) {
      return row.fields().get(at).type();
    }
    return type instanceof DataType.Array array
        ? array.element()
        : ((DataType.Vector) type).elementType();
  }

  /** Whether a value is the wanted one, in which "?" stands for any. */
  static boolean matches(JsonNode wanted, JsonNode seen) {
    if (wanted.isTextual() && wanted.textValue().equals("?")) {
      return true;
    }
    if (!wanted.isContainerNode() || !wanted.isArray()) {
      return wanted.equals(seen);
    }
    boolean same = seen.isArray() && wanted.size() == seen.size();
    for (int i = 0; same && i < wanted.size(); i++) {
      same = matches(wanted.get(i), seen.get(i));
    }
    return same;
  }
}
