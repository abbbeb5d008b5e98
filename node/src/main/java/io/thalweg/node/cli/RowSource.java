package io.thalweg.node.cli;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBResultSet;

/**
 * Rows of a Parquet, CSV or JSON lines file as Arrow batches, by DuckDB's readers. One thread;
 * closing ends everything.
 */
final class RowSource implements AutoCloseable {
  private static final int BATCH_ROWS = 16_384;

  private final Connection connection;
  private final Statement statement;
  private final ResultSet result;
  private final ArrowReader reader;
  private final long rows;

  /**
   * Opens {@code input}.
   *
   * @param select what to select, {@code *} for everything
   */
  RowSource(InputFile input, String select, BufferAllocator allocator) {
    try {
      String from =
          input.format().function() + "('" + input.path().toString().replace("'", "''") + "')";
      connection = DriverManager.getConnection("jdbc:duckdb:");
      statement = connection.createStatement();
      statement.execute("SET TimeZone = 'UTC'");
      rows = input.format() == InputFile.Format.PARQUET ? count(from) : -1;
      result = statement.executeQuery("SELECT " + select + " FROM " + from);
      reader = (ArrowReader) ((DuckDBResultSet) result).arrowExportStream(allocator, BATCH_ROWS);
    } catch (SQLException unreadable) {
      throw new CliException(
          "cannot read "
              + input.name()
              + " as "
              + input.format().name().toLowerCase(Locale.ROOT)
              + ": "
              + unreadable.getMessage());
    }
  }

  private long count(String from) throws SQLException {
    try (ResultSet counted = statement.executeQuery("SELECT count(*) FROM " + from)) {
      counted.next();
      return counted.getLong(1);
    }
  }

  /** The batches, one after the other. */
  ArrowReader reader() {
    return reader;
  }

  /** How many rows there are, or -1 where that is not known beforehand. */
  long rows() {
    return rows;
  }

  @Override
  public void close() throws IOException, SQLException {
    reader.close();
    result.close();
    statement.close();
    connection.close();
  }
}
