package io.thalweg.format.rowjson;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.projection.DefaultColumns;
import io.thalweg.format.schema.Column;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads JSON objects as rows of some columns, exactly. Immutable; any thread. */
public final class JsonRow {
  private final List<Column> columns;
  private final Map<String, Integer> places = new HashMap<>();
  private final Object[] defaults;
  private final boolean passesOthers;

  /** Reads rows of these columns; an object with other fields is refused. */
  public JsonRow(List<Column> columns) {
    this(columns, false);
  }

  private JsonRow(List<Column> columns, boolean passesOthers) {
    this.columns = List.copyOf(columns);
    this.passesOthers = passesOthers;
    this.defaults = new Object[columns.size()];
    for (int i = 0; i < defaults.length; i++) {
      Column column = columns.get(i);
      places.put(column.name(), i);
      defaults[i] = DefaultColumns.value(column.type(), column.defaults().write());
    }
  }

  /** Reads those fields of objects that are columns, and passes over the others. */
  public static JsonRow ofFields(List<Column> columns) {
    return new JsonRow(columns, true);
  }

  /**
   * The values of the row that {@code utf8} holds, in the form that {@link
   * io.thalweg.format.cast.VectorWriter} takes. A column that it does not mention gets its default,
   * else null.
   *
   * @throws Exact.Misfit where it is no such row; the message names the column
   */
  public Object[] read(ByteBuffer utf8) throws Exact.Misfit {
    return read(text(utf8));
  }

  /**
   * The same, of a row of which one column's value is known: a text may leave it out, and may not
   * say another.
   *
   * @param at where the column is
   */
  public Object[] readWith(ByteBuffer utf8, int at, Object known) throws Exact.Misfit {
    return read(text(utf8), at, known);
  }

  private static CharBuffer text(ByteBuffer utf8) throws Exact.Misfit {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8.duplicate());
    } catch (CharacterCodingException other) {
      throw new Exact.Misfit("it is not UTF-8");
    }
  }

  /** The same of a text that lies in an array. */
  public Object[] read(CharBuffer text) throws Exact.Misfit {
    return read(text, -1, null);
  }

  private Object[] read(CharBuffer text, int known, Object value) throws Exact.Misfit {
    try (JsonParser parser = JsonValues.parser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new Exact.Misfit("it is no JSON object; give {\"column\": value, …}");
      }
      Object[] values = new Object[columns.size()];
      boolean[] there = new boolean[values.length];
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        Integer at = places.get(parser.currentName());
        if (at == null) {
          pass(parser);
          continue;
        }
        parser.nextToken();
        there[at] = true;
        values[at] = JsonValues.read(columns.get(at).name(), columns.get(at).type(), parser);
      }
      if (parser.nextToken() != null) {
        throw new Exact.Misfit("there is more behind the JSON object; give one object");
      }
      for (int i = 0; i < values.length; i++) {
        if (i == known) {
          values[i] = same(columns.get(i).name(), value, there[i] ? values[i] : value);
        } else if (!there[i]) {
          values[i] =
              defaults[i] != null
                  ? defaults[i]
                  : JsonValues.nothing(columns.get(i).name(), columns.get(i).type());
        }
      }
      return values;
    } catch (IOException malformed) {
      throw JsonValues.malformed(malformed);
    }
  }

  private static Object same(String column, Object known, Object said) throws Exact.Misfit {
    if (!Objects.deepEquals(known, said)) {
      throw new Exact.Misfit(
          "column '"
              + column
              + "' is not what the key says; leave it out, or give the key's value");
    }
    return known;
  }

  private void pass(JsonParser parser) throws Exact.Misfit, IOException {
    if (!passesOthers) {
      throw new Exact.Misfit(
          "the table has no column '%s'; its columns are %s"
              .formatted(
                  parser.currentName(), columns.stream().map(Column::name).limit(50).toList()));
    }
    parser.nextToken();
    parser.skipChildren();
  }
}
