package io.thalweg.node.input;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The names of a Parquet file's columns in its footer and in DuckDB. Refuses what DuckDB would read
 * wrongly: decimals of more than 38 digits, which it reads as binary fractions, and fields that
 * differ in case only, which it renames. Stateless; the statement's thread.
 */
final class ParquetColumns {
  private static final int MAX_DIGITS = 38;

  private ParquetColumns() {}

  /**
   * A column.
   *
   * @param inFile its name
   * @param inQuery its name in DuckDB, another one where names differ in case only
   */
  record Named(String inFile, String inQuery) {}

  /**
   * The columns of the file that {@code from} reads.
   *
   * @param from an expression of SQL
   */
  static List<Named> of(Statement statement, String from, Path file) throws SQLException {
    List<String> inFile = names(statement, file);
    List<Named> columns = new ArrayList<>();
    try (ResultSet described =
        statement.executeQuery("SELECT column_name FROM (DESCRIBE SELECT * FROM " + from + ")")) {
      for (int i = 0; described.next(); i++) {
        String inQuery = described.getString(1);
        columns.add(new Named(i < inFile.size() ? inFile.get(i) : inQuery, inQuery));
      }
    }
    return columns;
  }

  /** A node of the schema: how many children are still to come, and the names of those seen. */
  private static final class Open {
    private long left;
    private final Map<String, String> names = new HashMap<>();

    Open(long children) {
      left = children;
    }
  }

  /** The columns' names in order; the schema comes depth first, the root before all. */
  private static List<String> names(Statement statement, Path file) throws SQLException {
    List<String> columns = new ArrayList<>();
    Deque<Open> within = new ArrayDeque<>();
    try (ResultSet nodes =
        statement.executeQuery(
            "SELECT name, num_children, precision, scale FROM parquet_schema('"
                + file.toString().replace("'", "''")
                + "')")) {
      while (nodes.next()) {
        while (!within.isEmpty() && within.peek().left == 0) {
          within.pop();
        }
        String name = nodes.getString(1);
        if (!within.isEmpty()) {
          within.peek().left--;
          if (within.size() == 1) {
            columns.add(name);
          } else {
            sibling(columns.get(columns.size() - 1), within.peek(), name);
          }
        }
        if (nodes.getLong(3) > MAX_DIGITS) {
          throw rounded(columns.get(columns.size() - 1), nodes.getLong(3), nodes.getLong(4));
        }
        within.push(new Open(nodes.getLong(2)));
      }
    }
    return columns;
  }

  private static void sibling(String column, Open around, String name) {
    String other = around.names.put(name.toLowerCase(Locale.ROOT), name);
    if (other != null) {
      throw new InputException(
          "column '"
              + column
              + "' has fields '"
              + other
              + "' and '"
              + name
              + "', which differ in case only and would be read under other names; rename one of"
              + " them");
    }
  }

  private static InputException rounded(String column, long precision, long scale) {
    return new InputException(
        "column '"
            + column
            + "' is DECIMAL("
            + precision
            + ", "
            + scale
            + ") in the file, which cannot be read without rounding; write it as one of at most "
            + MAX_DIGITS
            + " digits, or as text");
  }
}
