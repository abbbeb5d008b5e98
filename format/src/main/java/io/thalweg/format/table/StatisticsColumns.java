package io.thalweg.format.table;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Schema;
import java.util.Arrays;
import java.util.List;

/**
 * The columns whose distinct values segments count: {@code table.statistics.columns}. Immutable.
 *
 * @param all whether it is all of them
 * @param names otherwise these; none where the list is empty
 */
public record StatisticsColumns(boolean all, List<String> names) {
  /** The property. */
  public static final String PROPERTY = "table.statistics.columns";

  /** Every column. */
  public static final StatisticsColumns ALL = new StatisticsColumns(true, List.of());

  private static final String ALL_TEXT = "all";
  private static final String NONE_TEXT = "none";

  /** Copies the list. */
  public StatisticsColumns {
    names = List.copyOf(names);
  }

  /**
   * Reads the property's value.
   *
   * @throws ThalwegException INVALID_PROPERTY where it is no list
   */
  static StatisticsColumns parse(String value) {
    String text = value.strip();
    if (text.equalsIgnoreCase(ALL_TEXT)) {
      return ALL;
    }
    if (text.equalsIgnoreCase(NONE_TEXT)) {
      return new StatisticsColumns(false, List.of());
    }
    List<String> names = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    if (names.contains("") || names.stream().distinct().count() != names.size()) {
      throw bad(value);
    }
    return new StatisticsColumns(false, names);
  }

  /** Whether the column is among them. */
  public boolean contains(String column) {
    return all || names.contains(column);
  }

  /**
   * Refuses names of columns that the table does not have.
   *
   * @throws ThalwegException INVALID_PROPERTY for one
   */
  void check(Schema schema) {
    for (String name : names) {
      if (schema.indexOf(name).isEmpty()) {
        throw bad(String.join(",", names));
      }
    }
  }

  /** The property's value after a column got another name. */
  static String renamed(String value, String from, String to) {
    StatisticsColumns columns = parse(value);
    return columns.names.contains(from)
        ? String.join(
            ",", columns.names.stream().map(name -> name.equals(from) ? to : name).toList())
        : value;
  }

  private static ThalwegException bad(String value) {
    return new ThalwegException(
        ErrorCode.INVALID_PROPERTY,
        PROPERTY
            + " = '"
            + value
            + "' cannot be used; give all, none, or names of the table's columns with commas"
            + " between");
  }
}
