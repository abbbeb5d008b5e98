package io.thalweg.format.aggregate;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.SqlCursor;
import io.thalweg.format.type.TypeText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What is asked of a table's rows; columns by name. Immutable.
 *
 * @param groupBy columns whose values make a group; may be empty
 * @param select at least one measure
 */
public record Aggregation(List<String> groupBy, List<Measure> select) {
  /** Most columns to group by. */
  public static final int MAX_GROUP_BY = 16;

  /** Most measures. */
  public static final int MAX_SELECT = 100;

  /** Copies and checks the lists; INVALID_REQUEST. */
  public Aggregation {
    groupBy = List.copyOf(groupBy);
    select = List.copyOf(select);
    if (select.isEmpty()) {
      throw invalid("an aggregate needs something to select, such as count(*)");
    }
    if (groupBy.size() > MAX_GROUP_BY || select.size() > MAX_SELECT) {
      throw invalid(
          "an aggregate has "
              + groupBy.size()
              + " columns to group by and "
              + select.size()
              + " to select; at most "
              + MAX_GROUP_BY
              + " and "
              + MAX_SELECT
              + " are offered");
    }
    if (new HashSet<>(groupBy).size() < groupBy.size()
        || new HashSet<>(select).size() < select.size()) {
      throw invalid("an aggregate asks twice for one of " + groupBy + " or " + select);
    }
  }

  /** What is computed of a group. */
  public enum Function {
    /** How many rows, or how many values. */
    COUNT,
    /** The least value. */
    MIN,
    /** The greatest value. */
    MAX,
    /** All values added. */
    SUM
  }

  /**
   * A function of a column.
   *
   * @param column its name; empty for {@code count(*)}
   */
  public record Measure(Function function, Optional<String> column) {
    /** Refuses {@code *} but for count; INVALID_REQUEST. */
    public Measure {
      if (column.isEmpty() && function != Function.COUNT) {
        throw invalid("only count takes *; give " + name(function) + " a column");
      }
    }

    @Override
    public String toString() {
      return name(function) + "(" + column.map(TypeText::quote).orElse("*") + ")";
    }
  }

  private static String name(Function function) {
    return function.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads an aggregate from its texts.
   *
   * @param groupBy names of columns as they are, without quotes
   * @param select measures
   * @throws ThalwegException INVALID_REQUEST, with what is wrong
   */
  public static Aggregation parse(List<String> groupBy, List<String> select) {
    return new Aggregation(
        groupBy, select.stream().limit(MAX_SELECT + 1L).map(Aggregation::measure).toList());
  }

  /**
   * Reads measures from one text, such as {@code count(*), sum(delay)}.
   *
   * @throws ThalwegException INVALID_REQUEST, with what is wrong
   */
  public static List<Measure> measures(String text) {
    return read(
        text,
        cursor -> {
          List<Measure> measures = new ArrayList<>();
          do {
            measures.add(measure(cursor));
          } while (measures.size() <= MAX_SELECT && cursor.accept(','));
          return measures;
        });
  }

  private static Measure measure(String text) {
    return read(text, Aggregation::measure);
  }

  private static Measure measure(SqlCursor cursor) {
    String word = cursor.word();
    Function function =
        Arrays.stream(Function.values())
            .filter(each -> each.name().equalsIgnoreCase(word))
            .findFirst()
            .orElseThrow(() -> cursor.bad("count, min, max or sum is missing"));
    cursor.expect('(');
    Optional<String> column = cursor.accept('*') ? Optional.empty() : Optional.of(cursor.name());
    cursor.expect(')');
    return new Measure(function, column);
  }

  private static <T> T read(String text, java.util.function.Function<SqlCursor, T> reader) {
    try {
      SqlCursor cursor = new SqlCursor(text);
      T read = reader.apply(cursor);
      cursor.end("the aggregate");
      return read;
    } catch (ThalwegException unreadable) {
      String shown = text.length() > 100 ? text.substring(0, 100) + "…" : text;
      throw invalid("\"" + shown + "\" cannot be selected: " + unreadable.getMessage());
    }
  }

  static ThalwegException invalid(String message) {
    return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
  }
}
