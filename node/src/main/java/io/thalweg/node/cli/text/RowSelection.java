package io.thalweg.node.cli.text;

import io.thalweg.node.cli.terminal.CliException;
import java.util.ArrayList;
import java.util.List;

/** Rows of a file by their numbers, from 1. Immutable. */
public record RowSelection(List<Range> ranges) {
  private static final int MAX_RANGES = 10_000;

  /** Rows {@code first} to {@code last}, both included. */
  public record Range(long first, long last) {
    public long count() {
      return last - first + 1;
    }

    @Override
    public String toString() {
      return first == last
          ? Long.toString(first)
          : first + "-" + (last == Long.MAX_VALUE ? "" : Long.toString(last));
    }
  }

  /** Reads the value of {@code --rows}; null selects all rows. */
  public static RowSelection parse(String text) {
    if (text == null) {
      return new RowSelection(List.of(new Range(1, Long.MAX_VALUE)));
    }
    List<Range> ranges = new ArrayList<>();
    long before = 0;
    for (String part : text.split(",", MAX_RANGES)) {
      String range = part.strip();
      if (!range.matches("\\d{1,18}(-\\d{0,18})?")) {
        throw wrong(text);
      }
      int dash = range.indexOf('-');
      long first = Long.parseLong(dash < 0 ? range : range.substring(0, dash));
      String end = dash < 0 ? range : range.substring(dash + 1);
      long last = end.isEmpty() ? Long.MAX_VALUE : Long.parseLong(end);
      if (first <= before || last < first) {
        throw wrong(text);
      }
      ranges.add(new Range(first, last));
      before = last;
    }
    return new RowSelection(List.copyOf(ranges));
  }

  private static CliException wrong(String text) {
    return new CliException(
        "--rows '"
            + text
            + "' selects no rows; give ascending numbers from 1, such as 1-100,3617-");
  }

  /** The selected rows among the {@code count} rows from {@code first} on. */
  public List<Range> within(long first, long count) {
    List<Range> chosen = new ArrayList<>();
    for (Range range : ranges) {
      long from = Math.max(first, range.first);
      long to = Math.min(first + count - 1, range.last);
      if (from <= to) {
        chosen.add(new Range(from, to));
      }
    }
    return chosen;
  }
}
