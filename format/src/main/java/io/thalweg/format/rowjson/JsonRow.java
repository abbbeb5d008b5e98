package io.thalweg.format.rowjson;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.schema.Column;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON objects as rows of some columns, exactly. Immutable; any thread. */
public final class JsonRow {
  private final List<Column> columns;
  private final Map<String, Integer> places = new HashMap<>();

  /** Reads rows of these columns. */
  public JsonRow(List<Column> columns) {
    this.columns = List.copyOf(columns);
    for (int i = 0; i < columns.size(); i++) {
      places.put(columns.get(i).name(), i);
    }
  }

  /**
   * The values of the row that {@code utf8} holds, in the form that {@link
   * io.thalweg.format.cast.VectorWriter} takes. A column that it does not mention gets its default,
   * else null.
   *
   * @throws Exact.Misfit where it is no such row; the message names the column
   */
  public Object[] read(ByteBuffer utf8) throws Exact.Misfit {
    try (JsonParser parser = JsonValues.FACTORY.createParser(text(utf8))) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new Exact.Misfit("it is no JSON object; give {\"column\": value, …}");
      }
      Object[] values = new Object[columns.size()];
      boolean[] there = new boolean[values.length];
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        Integer at = places.get(parser.currentName());
        if (at == null) {
          throw new Exact.Misfit(
              "the table has no column '%s'; its columns are %s"
                  .formatted(
                      parser.currentName(), columns.stream().map(Column::name).limit(50).toList()));
        }
        parser.nextToken();
        there[at] = true;
        values[at] = JsonValues.read(columns.get(at).name(), columns.get(at).type(), parser);
      }
      if (parser.nextToken() != null) {
        throw new Exact.Misfit("there is more behind the JSON object; give one object");
      }
      for (int i = 0; i < values.length; i++) {
        if (!there[i]) {
          Column column = columns.get(i);
          values[i] = JsonValues.missing(column.name(), column.type(), column.defaults());
        }
      }
      return values;
    } catch (IOException malformed) {
      String why = String.valueOf(malformed.getMessage());
      int end = why.indexOf('\n');
      throw new Exact.Misfit("it is no JSON: " + (end < 0 ? why : why.substring(0, end)));
    }
  }

  private static String text(ByteBuffer utf8) throws Exact.Misfit {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8.duplicate()).toString();
    } catch (CharacterCodingException other) {
      throw new Exact.Misfit("it is not UTF-8");
    }
  }
}
