package io.thalweg.node.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.variant.Variant;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Map;

/** What the readers of files share about columns: their sizes and error messages. Stateless. */
final class Columns {
  private Columns() {}

  static int indexOf(List<Column> columns, String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  static String unknown(List<Column> columns, String name) {
    return "the table has no column '"
        + name
        + "'; its columns are "
        + columns.stream().map(Column::name).limit(50).toList();
  }

  /** About how many bytes a value takes. */
  static long bytes(Object value) {
    if (value instanceof byte[] bytes) {
      return bytes.length + 4L;
    }
    if (value instanceof Variant variant) {
      return variant.size() + 8L;
    }
    if (value instanceof float[] floats) {
      return (long) Float.BYTES * floats.length;
    }
    if (value instanceof double[] doubles) {
      return (long) Double.BYTES * doubles.length;
    }
    if (value instanceof List<?> list) {
      return 4 + list.stream().mapToLong(Columns::bytes).sum();
    }
    if (value instanceof Map<?, ?> map) {
      return 4
          + map.entrySet().stream()
              .mapToLong(entry -> bytes(entry.getKey()) + bytes(entry.getValue()))
              .sum();
    }
    return value instanceof BigDecimal ? 16 : 8;
  }

  static InputException unreadable(String name, String place, IOException damaged) {
    String why =
        damaged instanceof CharacterCodingException
            ? "it is not UTF-8; convert it, for example with iconv"
            : damaged instanceof JsonProcessingException json
                ? "no JSON at line "
                    + (json.getLocation() == null ? "?" : json.getLocation().getLineNr())
                    + ": "
                    + inOurWords(json.getOriginalMessage())
                : damaged.getMessage();
    return new InputException("cannot read " + name + " behind " + place + ": " + why, damaged);
  }

  /** The JSON reader's message, without its location and its advice on settings. */
  private static String inOurWords(String message) {
    String said = message.replaceAll("(?s)\\s*(\\(start marker at )?\\[Source: .*", "");
    return said.replaceAll("(: enable| - must enable| is disabled).*JsonReadFeature.*", "");
  }
}
