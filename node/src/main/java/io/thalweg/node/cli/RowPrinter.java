package io.thalweg.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.client.Row;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Prints rows as an aligned table, as CSV, or as JSON lines. One thread. */
final class RowPrinter {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SAMPLE = 200;

  /** How rows look. */
  enum Style {
    TABLE,
    CSV,
    JSON
  }

  private final PrintWriter out;
  private final Style style;
  private final List<String> names;
  private final boolean live;
  private final List<List<String>> sample = new ArrayList<>();
  private int[] widths;

  /**
   * Prints to {@code out}.
   *
   * @param live rows are wanted as they come: a table's widths are those of the first rows that do
   */
  RowPrinter(PrintWriter out, Style style, List<String> names, boolean live) {
    this.out = out;
    this.style = style;
    this.names = names;
    this.live = live;
    if (style == Style.CSV) {
      line(names.stream().map(RowPrinter::csv).toList(), ",");
    }
  }

  void print(Row row) {
    print(row.values());
  }

  /** Prints one row: its values in the order of the names. */
  void print(List<?> values) {
    switch (style) {
      case CSV ->
          line(values.stream().map(value -> value == null ? "" : csv(text(value))).toList(), ",");
      case JSON -> json(values);
      case TABLE -> {
        List<String> cells =
            values.stream().map(value -> value == null ? "NULL" : text(value)).toList();
        if (widths == null) {
          sample.add(cells);
          if (sample.size() == SAMPLE) {
            flushSample();
          }
        } else {
          aligned(cells);
        }
      }
    }
  }

  /** No more rows for the moment. */
  void pause() {
    if (live && !sample.isEmpty()) {
      flushSample();
    }
    out.flush();
  }

  void end() {
    if (style == Style.TABLE && widths == null) {
      flushSample();
    }
    out.flush();
  }

  private void flushSample() {
    widths = names.stream().mapToInt(String::length).toArray();
    for (List<String> cells : sample) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], cells.get(i).length());
      }
    }
    aligned(names);
    aligned(java.util.Arrays.stream(widths).mapToObj("-"::repeat).toList());
    sample.forEach(this::aligned);
    sample.clear();
  }

  private void aligned(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      line.append(cells.get(i));
      if (i < cells.size() - 1) {
        line.append(" ".repeat(Math.max(0, widths[i] - cells.get(i).length()) + 2));
      }
    }
    out.println(line);
  }

  private void line(List<String> cells, String separator) {
    out.println(String.join(separator, cells));
  }

  private static String csv(String text) {
    return text.matches("(?s).*[\",\r\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }

  private static String text(Object value) {
    return value instanceof byte[] bytes
        ? Base64.getEncoder().encodeToString(bytes)
        : String.valueOf(plain(value));
  }

  private void json(List<?> values) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      object.put(names.get(i), plain(values.get(i)));
    }
    try {
      out.println(JSON.writeValueAsString(object));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Values as JSON has them: numbers, text, booleans, lists and objects. */
  private static Object plain(Object value) {
    if (value instanceof Row row) {
      Map<String, Object> object = new LinkedHashMap<>();
      for (int i = 0; i < row.size(); i++) {
        object.put(row.names().get(i), plain(row.get(i)));
      }
      return object;
    }
    if (value instanceof List<?> list) {
      return list.stream()
          .map(RowPrinter::plain)
          .collect(java.util.stream.Collectors.toCollection(ArrayList::new));
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> object = new LinkedHashMap<>();
      map.forEach((key, item) -> object.put(String.valueOf(plain(key)), plain(item)));
      return object;
    }
    if (value instanceof byte[]
        || value instanceof Number
        || value instanceof Boolean
        || value == null) {
      return value;
    }
    return value.toString();
  }
}
