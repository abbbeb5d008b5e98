package io.thalweg.node.cli.text;

import io.thalweg.client.Row;
import io.thalweg.format.type.DataType;
import io.thalweg.node.cli.terminal.Output;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/**
 * Prints rows as an aligned table for people, or as CSV or JSON lines that {@code thalweg append}
 * reads back as the same rows. One thread.
 */
public final class RowPrinter {
  private static final int SAMPLE = 200;

  /** Characters that need quotes in a CSV cell: all that separate cells or rows in some dialect. */
  private static final Pattern QUOTED = Pattern.compile("[\",;\t|\r\n\\uFEFF]");

  /** The format of rows. */
  public enum Style {
    TABLE,
    CSV,
    JSON
  }

  private final PrintWriter out;
  private final Style style;
  private final List<String> names;
  private final List<DataType> types;
  private final boolean live;
  private final List<List<String>> sample = new ArrayList<>();
  private int[] widths;

  /**
   * Prints to {@code out}.
   *
   * @param live whether rows are printed as they arrive: the first ones then give a table's widths
   */
  public RowPrinter(PrintWriter out, Style style, List<String> names, boolean live) {
    this(out, style, names, Collections.nCopies(names.size(), null), live);
  }

  /**
   * Prints values of known types.
   *
   * @param types of the values; null for one whose Java object says enough
   */
  public RowPrinter(
      PrintWriter out, Style style, List<String> names, List<DataType> types, boolean live) {
    this.out = out;
    this.style = style;
    this.names = names;
    this.types = types;
    this.live = live;
    if (style == Style.CSV) {
      line(String.join(",", names.stream().map(RowPrinter::csv).toList()));
    }
  }

  public void print(Row row) {
    print(row.values());
  }

  /** Prints one row: its values in the order of the names. */
  public void print(List<?> values) {
    switch (style) {
      case CSV -> line(String.join(",", cells(values, RowPrinter::cell)));
      case JSON -> line(ValueText.object(names, types, values));
      case TABLE -> {
        List<String> cells =
            cells(values, (type, value) -> TextWidth.oneLine(ValueText.shown(type, value)));
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

  /** There are no more rows for the moment: prints what is held back. */
  public void pause() {
    if (live && !sample.isEmpty()) {
      flushSample();
    }
    Output.flush(out);
  }

  public void end() {
    if (style == Style.TABLE && widths == null) {
      flushSample();
    }
    Output.flush(out);
  }

  private void flushSample() {
    List<String> header = names.stream().map(TextWidth::oneLine).toList();
    widths = header.stream().mapToInt(TextWidth::of).toArray();
    for (List<String> cells : sample) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], TextWidth.of(cells.get(i)));
      }
    }
    aligned(header);
    aligned(Arrays.stream(widths).mapToObj("-"::repeat).toList());
    sample.forEach(this::aligned);
    sample.clear();
  }

  private void aligned(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      line.append(cells.get(i));
      if (i < cells.size() - 1) {
        line.append(" ".repeat(Math.max(0, widths[i] - TextWidth.of(cells.get(i))) + 2));
      }
    }
    line(line.toString());
  }

  /** Does not use {@code println}, which would flush each line. */
  private void line(String text) {
    out.write(text);
    out.write('\n');
  }

  private List<String> cells(List<?> values, BiFunction<DataType, Object, String> text) {
    List<String> cells = new ArrayList<>(values.size());
    for (int i = 0; i < values.size(); i++) {
      cells.add(text.apply(types.get(i), values.get(i)));
    }
    return cells;
  }

  private static String cell(DataType type, Object value) {
    return value == null ? "" : csv(ValueText.of(type, value));
  }

  /** An empty text is quoted: without quotes it is null. */
  private static String csv(String text) {
    return text.isEmpty() || QUOTED.matcher(text).find()
        ? '"' + text.replace("\"", "\"\"") + '"'
        : text;
  }
}
