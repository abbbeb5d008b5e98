package io.thalweg.node.input;

import io.thalweg.format.cast.Cast;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.duckdb.DuckDBResultSet;

/** The rows of a Parquet file, read by DuckDB and cast to a table's columns. One thread. */
final class ParquetRows implements FileRows {
  private static final int BATCH_ROWS = 16_384;
  private static final DictionaryProvider NO_DICTIONARIES =
      new DictionaryProvider.MapDictionaryProvider();

  private final String name;
  private final BufferAllocator allocator;
  private final Path folder;
  private final Connection connection;
  private final Statement statement;
  private final long count;
  private ResultSet result;
  private ArrowReader reader;
  private List<String> columns = List.of();
  private Cast cast;
  private CastRows current;
  private long done;

  ParquetRows(String name, Path file, BufferAllocator allocator) {
    this.name = name;
    this.allocator = allocator;
    try {
      folder = Files.createTempDirectory("thalweg-append");
      Path link = folder.resolve("rows.parquet");
      Files.createSymbolicLink(link, file.toRealPath());
      connection = DriverManager.getConnection("jdbc:duckdb:");
      statement = connection.createStatement();
      statement.execute("SET TimeZone = 'UTC'");
      String from =
          "read_parquet('"
              + link.toString().replace("'", "''")
              + "', hive_partitioning = false, filename = false)";
      try (ResultSet counted = statement.executeQuery("SELECT count(*) FROM " + from)) {
        counted.next();
        count = counted.getLong(1);
      }
      result = statement.executeQuery("SELECT * FROM " + from);
      reader = (ArrowReader) ((DuckDBResultSet) result).arrowExportStream(allocator, BATCH_ROWS);
    } catch (SQLException unreadable) {
      throw unreadable(unreadable);
    } catch (IOException unlinked) {
      throw new InputException("cannot read " + name + ": " + unlinked.getMessage(), unlinked);
    }
  }

  private InputException unreadable(Exception failure) {
    return new InputException(
        "cannot read "
            + name
            + " as parquet: it is no Parquet file, or damaged ("
            + String.valueOf(failure.getMessage()).lines().findFirst().orElse("")
            + ")",
        failure);
  }

  /** The file's columns. */
  List<Field> fields() {
    try {
      return reader.getVectorSchemaRoot().getSchema().getFields();
    } catch (IOException unreadable) {
      throw unreadable(unreadable);
    }
  }

  /**
   * Reads the rows as {@code wanted}; of the columns that the file lacks as {@code missing} says.
   */
  void into(List<Column> wanted, Cast.Missing missing) {
    List<Field> fields = fields();
    List<Column> there = new ArrayList<>();
    for (Column column : wanted) {
      boolean has = fields.stream().anyMatch(field -> field.getName().equals(column.name()));
      if (has || missing == Cast.Missing.NULLS) {
        there.add(column);
      }
    }
    for (Field field : fields) {
      if (Columns.indexOf(wanted, field.getName()) < 0) {
        throw new InputException(name + ": " + Columns.unknown(wanted, field.getName()));
      }
    }
    columns = there.stream().map(Column::name).toList();
    try {
      cast = Cast.of(reader.getVectorSchemaRoot().getSchema(), reader, there, Cast.Missing.NULLS);
    } catch (ThalwegException refused) {
      throw new InputException(name + ": " + refused.getMessage(), refused);
    } catch (IOException unreadable) {
      throw unreadable(unreadable);
    }
  }

  @Override
  public List<String> columns() {
    return columns;
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public VectorSchemaRoot next() {
    closeCurrent();
    try {
      if (!reader.loadNextBatch()) {
        return null;
      }
      VectorSchemaRoot rows = reader.getVectorSchemaRoot();
      current =
          cast.apply(
              rows,
              cast.unchanged() ? NO_DICTIONARIES : reader,
              allocator,
              row -> name + ", row " + (done + row + 1));
      done += rows.getRowCount();
      return current.root();
    } catch (ThalwegException refused) {
      throw new InputException(refused.getMessage(), refused);
    } catch (IOException unreadable) {
      throw unreadable(unreadable);
    }
  }

  private void closeCurrent() {
    if (current != null) {
      current.close();
      current = null;
    }
  }

  @Override
  public void close() {
    closeCurrent();
    try {
      reader.close();
      result.close();
      statement.close();
      connection.close();
      Files.deleteIfExists(folder.resolve("rows.parquet"));
      Files.deleteIfExists(folder);
    } catch (IOException | SQLException unclosed) {
      throw new InputException("cannot close " + name + ": " + unclosed.getMessage(), unclosed);
    }
  }
}
