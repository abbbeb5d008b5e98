package io.thalweg.node.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.rowjson.JsonValues;
import io.thalweg.format.schema.Column;
import java.io.IOException;
import java.io.Reader;
import java.util.List;

/** Reads a file of JSON objects, one after the other or in one array. One thread. */
final class JsonReader implements RowReader {
  private final JsonParser parser;
  private final FileNames names = new FileNames();
  private boolean inArray;
  private long row;
  private long line;

  JsonReader(Reader in) throws IOException {
    this.parser = JsonValues.FACTORY.createParser(in);
  }

  /** Goes to the next object, which is then the parser's current token; false at the end. */
  boolean toObject() throws IOException {
    JsonToken token = parser.nextToken();
    if (row == 0 && !inArray && token == JsonToken.START_ARRAY) {
      inArray = true;
      token = parser.nextToken();
    }
    if (inArray && token == JsonToken.END_ARRAY) {
      inArray = false;
      token = parser.nextToken();
    }
    if (token == null) {
      return false;
    }
    row++;
    line = parser.currentTokenLocation().getLineNr();
    if (token != JsonToken.START_OBJECT) {
      throw new InputException(place() + " is no object but " + parser.getText());
    }
    return true;
  }

  @Override
  public FileNames fileNames() {
    return names;
  }

  JsonParser parser() {
    return parser;
  }

  @Override
  public Object[] next(List<Column> columns) throws Exact.Misfit, IOException {
    if (!toObject()) {
      return null;
    }
    Object[] values = new Object[columns.size()];
    boolean[] there = new boolean[values.length];
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = names.inTable(parser.currentName());
      parser.nextToken();
      if (name == null) {
        parser.skipChildren();
        continue;
      }
      int at = Columns.indexOf(columns, name);
      if (at < 0) {
        throw new Exact.Misfit(Columns.unknown(columns, name));
      }
      Column column = columns.get(at);
      there[at] = true;
      values[at] = JsonValues.read(column.name(), column.type(), parser);
    }
    for (int i = 0; i < values.length; i++) {
      if (!there[i]) {
        Column column = columns.get(i);
        values[i] = JsonValues.missing(column.name(), column.type(), column.defaults());
      }
    }
    return values;
  }

  @Override
  public String place() {
    return "row " + row + " (line " + line + ")";
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
