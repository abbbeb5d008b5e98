package io.thalweg.node.input;

import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.cast.Cast;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.cast.HoldingType;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.duckdb.DuckDBResultSet;

/** The rows of a Parquet file, read by DuckDB and cast to a table's columns. One thread. */
final class ParquetRows implements FileRows {
  private static final int BATCH_ROWS = 16_384;
  private static final DictionaryProvider NO_DICTIONARIES =
      new DictionaryProvider.MapDictionaryProvider();

  private final String name;
  private final BufferAllocator allocator;
  private final ParquetSource source;
  private final Connection connection;
  private final Statement statement;
  private final long count;
  private ResultSet result;
  private ArrowReader reader;
  private final FileNames names = new FileNames();
  private List<String> columns = List.of();
  private Cast cast;
  private CastRows current;
  private long done;

  ParquetRows(String name, Path file, BufferAllocator allocator) {
    this.name = name;
    this.allocator = allocator;
    this.source = ParquetSource.open(name, file);
    try {
      connection = DriverManager.getConnection("jdbc:duckdb:");
      statement = connection.createStatement();
      statement.execute("SET TimeZone = 'UTC'");
      String from =
          "read_parquet('"
              + source.path().toString().replace("'", "''")
              + "', hive_partitioning = false, filename = false)";
      try (ResultSet counted = statement.executeQuery("SELECT count(*) FROM " + from)) {
        counted.next();
        count = counted.getLong(1);
      }
      List<String> selected = new ArrayList<>();
      for (ParquetColumns.Named column : ParquetColumns.of(statement, from, source.path())) {
        String made = names.inTable(column.inFile());
        if (made != null) {
          selected.add(quoted(column.inQuery()) + " AS " + quoted(made));
        }
      }
      if (selected.isEmpty()) {
        throw new InputException("it has no columns that a table could take");
      }
      result = statement.executeQuery("SELECT " + String.join(", ", selected) + " FROM " + from);
      reader = (ArrowReader) ((DuckDBResultSet) result).arrowExportStream(allocator, BATCH_ROWS);
    } catch (SQLException unreadable) {
      source.close();
      throw unreadable(unreadable);
    } catch (InputException refused) {
      source.close();
      throw new InputException(name + ": " + refused.getMessage(), refused);
    }
  }

  private static String quoted(String column) {
    return '"' + column.replace("\"", "\"\"") + '"';
  }

  private InputException unreadable(Exception failure) {
    if (String.valueOf(failure.getMessage()).contains("not valid UTF")) {
      return new InputException(
          "cannot read "
              + name
              + ": a column of texts holds bytes that are not UTF-8; write that column as bytes (a table"
              + " then has BYTES), or encode its texts",
          failure);
    }
    return new InputException(
        "cannot read "
            + name
            + ": the Parquet file is damaged, or written in a way that is not understood here; write it anew with"
            + " another tool",
        failure);
  }

  /** The file's columns for a table: an INT96 is a timestamp of nanoseconds. */
  List<Field> fields() {
    try {
      List<Field> fields = reader.getVectorSchemaRoot().getSchema().getFields();
      return source.int96() ? fields.stream().map(ParquetRows::stamps).toList() : fields;
    } catch (IOException unreadable) {
      throw unreadable(unreadable);
    }
  }

  /**
   * The columns of a table that holds every row. Reads all rows and checks them as the server does;
   * there are none left to read afterwards.
   */
  List<Column> holdingColumns() {
    List<Column> wanted = new ArrayList<>();
    try {
      fields().forEach(field -> wanted.add(Column.of(field.getName(), HoldingType.of(field))));
    } catch (ThalwegException refused) {
      throw new InputException(name + ": " + refused.getMessage(), refused);
    }
    into(wanted, Cast.Missing.NULLS);
    Schema schema = Schema.first(wanted, List.of());
    for (VectorSchemaRoot rows = next(); rows != null; rows = next()) {
      List<FieldVector> made = new ArrayList<>();
      try {
        InputCheck.check(rows, schema, allocator, made);
      } catch (ThalwegException refused) {
        long first = done - rows.getRowCount() + 1;
        throw new InputException(
            name + ", in rows " + first + " to " + done + ": " + refused.getMessage(), refused);
      } finally {
        made.forEach(FieldVector::close);
      }
    }
    return wanted;
  }

  private static Field stamps(Field field) {
    boolean int96 = field.getType() instanceof ArrowType.Interval;
    return new Field(
        field.getName(),
        int96
            ? new FieldType(
                field.isNullable(), new ArrowType.Timestamp(TimeUnit.NANOSECOND, null), null)
            : field.getFieldType(),
        field.getChildren().stream().map(ParquetRows::stamps).toList());
  }

  /**
   * Casts the rows to {@code wanted}; {@code missing} says what to do with columns that the file
   * lacks.
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
      cast =
          Cast.of(
              reader.getVectorSchemaRoot().getSchema(),
              reader,
              there,
              Cast.Missing.NULLS,
              source.int96() ? Cast.Intervals.INT96 : Cast.Intervals.REFUSED);
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
  public Set<String> leftOut() {
    return names.leftOut();
  }

  @Override
  public Set<String> renamed() {
    return names.renamed();
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
      source.close();
    } catch (IOException | SQLException unclosed) {
      throw new InputException("cannot close " + name + " after reading it", unclosed);
    }
  }
}
