package io.thalweg.node.input;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The columns of a Parquet file by its own footer, and what DuckDB calls them. Refuses what DuckDB
 * would read as something else: decimals of more than 38 digits become binary fractions there.
 * Stateless; the statement's thread.
 */
final class ParquetColumns {
  private static final int MAX_DIGITS = 38;

  private ParquetColumns() {}

  /**
   * A column.
   *
   * @param inFile its name
   * @param inQuery another one where the file has names that differ in case only
   */
  record Named(String inFile, String inQuery) {}

  /**
   * The columns of the file that {@code from} reads.
   *
   * @param from an expression of SQL
   */
  static List<Named> of(Statement statement, String from, Path file) throws SQLException {
    List<String> inFile = new ArrayList<>();
    try (ResultSet nodes =
        statement.executeQuery(
            "SELECT name, num_children, precision, scale FROM parquet_schema('"
                + file.toString().replace("'", "''")
                + "')")) {
      long within = 0;
      boolean root = true;
      while (nodes.next()) {
        if (root) {
          root = false;
          continue;
        }
        if (within == 0) {
          inFile.add(nodes.getString(1));
          within = 1;
        }
        within += nodes.getLong(2) - 1;
        if (nodes.getLong(3) > MAX_DIGITS) {
          throw new InputException(
              "column '"
                  + inFile.get(inFile.size() - 1)
                  + "' is DECIMAL("
                  + nodes.getLong(3)
                  + ", "
                  + nodes.getLong(4)
                  + ") in the file, which cannot be read without rounding; write it as one of at most "
                  + MAX_DIGITS
                  + " digits, or as text");
        }
      }
    }
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
}
