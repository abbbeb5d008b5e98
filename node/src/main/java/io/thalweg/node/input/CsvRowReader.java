package io.thalweg.node.input;

import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.TextValues;
import io.thalweg.format.rowjson.JsonValues;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads a CSV file with a header. One thread. */
final class CsvRowReader implements RowReader {
  private static final int MAX_HEADER = 1 << 20;

  private final Reader in;
  private final CsvReader csv;
  private final FileNames fileNames = new FileNames();
  private final List<String> names;
  private long row;
  private long line = 1;

  CsvRowReader(BufferedReader in) throws IOException {
    this.in = in;
    in.mark(MAX_HEADER);
    StringBuilder header = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n' && c != '\r'; c = in.read()) {
      header.append((char) c);
      if (header.length() == MAX_HEADER - 1) {
        throw new InputException("the header has more than " + MAX_HEADER + " characters");
      }
    }
    in.reset();
    this.csv = new CsvReader(in, CsvReader.separator(header.toString()));
    List<CsvReader.Cell> cells = csv.next();
    if (cells == null) {
      throw new InputException(
          "the file is empty; a CSV file begins with a header of column names");
    }
    List<String> given = cells.stream().map(CsvReader.Cell::text).toList();
    Set<String> seen = new HashSet<>();
    this.names = new ArrayList<>();
    for (String name : given) {
      if (name.isEmpty() || !seen.add(name)) {
        throw new InputException(
            "the header names "
                + (name.isEmpty() ? "a column ''" : "column '" + name + "' twice")
                + ": "
                + given
                + "; every column needs a name of its own"
                + (name.isEmpty() ? " (pandas: to_csv with index_label, or index=False)" : ""));
      }
      names.add(fileNames.inTable(name));
    }
  }

  /** The columns' names in a table, in the file's order; null for a column that is left out. */
  List<String> names() {
    return names;
  }

  @Override
  public FileNames fileNames() {
    return fileNames;
  }

  /** The next record; null at the end. */
  List<CsvReader.Cell> record() throws IOException {
    while (true) {
      line = csv.line();
      List<CsvReader.Cell> cells = csv.next();
      if (cells == null) {
        return null;
      }
      if (cells.size() == 1 && names.size() > 1 && cells.get(0).isNull()) {
        continue;
      }
      row++;
      if (cells.size() != names.size()) {
        throw new InputException(
            place() + " has " + cells.size() + " cells, the header " + names.size());
      }
      return cells;
    }
  }

  @Override
  public Object[] next(List<Column> columns) throws Exact.Misfit, IOException {
    List<CsvReader.Cell> cells = record();
    if (cells == null) {
      return null;
    }
    Object[] values = new Object[columns.size()];
    for (int i = 0; i < values.length; i++) {
      Column column = columns.get(i);
      int at = names.indexOf(column.name());
      values[i] =
          at < 0
              ? JsonValues.missing(column.name(), column.type(), column.defaults())
              : value(column.name(), column.type(), cells.get(at));
    }
    return values;
  }

  private static Object value(String path, DataType type, CsvReader.Cell cell)
      throws Exact.Misfit, IOException {
    if (cell.isNull() || (cell.text().isEmpty() && !hasEmptyText(type))) {
      return JsonValues.nothing(path, type);
    }
    return switch (type.shape()) {
      case SCALAR -> {
        try {
          yield TextValues.parse((DataType.Scalar) type, cell.text());
        } catch (Exact.Misfit misfit) {
          throw new Exact.Misfit("column '" + path + "': " + misfit.getMessage());
        }
      }
      case VECTOR, VARIANT, ARRAY, MAP, ROW -> JsonValues.parse(path, type, cell.text());
    };
  }

  /** Whether an empty text is a value of the type, not a null. */
  private static boolean hasEmptyText(DataType type) {
    return type instanceof DataType.Scalar scalar
        && switch (scalar.kind()) {
          case CHAR, STRING, BYTES -> true;
          case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL -> false;
          case BINARY, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
        };
  }

  @Override
  public String place() {
    return "row " + row + " (line " + line + ")";
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
