package io.thalweg.node.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

  /** File formats. */
  enum Format {
    PARQUET,
    CSV,
    JSON
  }

  private final Connection connection;
  private final Statement statement;
  private final ResultSet result;
  private final Path temporary;
  private final ArrowReader reader;
  private final long rows;

  /**
   * Opens {@code file}; {@code -} is standard input.
   *
   * @param format null to tell by the file's ending
   * @param select what to select, {@code *} for everything
   */
  RowSource(String file, Format format, String select, BufferAllocator allocator) {
    Format known = format == null ? formatOf(file) : format;
    try {
      temporary = file.equals("-") ? spool(System.in) : null;
      Path path = temporary == null ? Path.of(file) : temporary;
      if (!Files.isReadable(path)) {
        throw new CliException("cannot read " + path + "; is the name right?");
      }
      String from = function(known) + "('" + path.toString().replace("'", "''") + "')";
      connection = DriverManager.getConnection("jdbc:duckdb:");
      statement = connection.createStatement();
      statement.execute("SET TimeZone = 'UTC'");
      rows = known == Format.PARQUET ? count(from) : -1;
      result = statement.executeQuery("SELECT " + select + " FROM " + from);
      reader = (ArrowReader) ((DuckDBResultSet) result).arrowExportStream(allocator, BATCH_ROWS);
    } catch (SQLException | IOException unreadable) {
      throw new CliException(
          "cannot read "
              + file
              + " as "
              + known.name().toLowerCase(Locale.ROOT)
              + ": "
              + unreadable.getMessage());
    }
  }

  private static Format formatOf(String file) {
    String name = file.toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "");
    if (name.endsWith(".parquet")) {
      return Format.PARQUET;
    }
    if (name.endsWith(".csv") || name.endsWith(".tsv")) {
      return Format.CSV;
    }
    if (name.endsWith(".json") || name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
      return Format.JSON;
    }
    throw new CliException(
        "cannot tell the format of '" + file + "' by its name; give --format parquet, csv or json");
  }

  private static String function(Format format) {
    return switch (format) {
      case PARQUET -> "read_parquet";
      case CSV -> "read_csv";
      case JSON -> "read_json";
    };
  }

  /** DuckDB's readers want a file that they can read twice. */
  private static Path spool(InputStream in) throws IOException {
    Path file = Files.createTempFile("thalweg-append", ".in");
    Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    return file;
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
    try (connection;
        statement;
        result;
        reader) {
      if (temporary != null) {
        Files.deleteIfExists(temporary);
      }
    }
  }
}
