package io.thalweg.client;

import io.thalweg.format.type.DataType;
import java.util.List;
import org.apache.arrow.vector.FieldVector;

/** The rows of one batch that was read, independent of its vectors. Immutable; any thread. */
final class ReadRows {
  private final List<String> names;
  private final ReadColumn[] columns;

  private ReadRows(List<String> names, ReadColumn[] columns) {
    this.names = names;
    this.columns = columns;
  }

  /** Copies the first vectors: one of each name. */
  static ReadRows of(List<String> names, List<DataType> types, List<FieldVector> from, int count) {
    ReadColumn[] columns = new ReadColumn[names.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = ReadColumn.of(from.get(i), types.get(i), count);
    }
    return new ReadRows(names, columns);
  }

  List<String> names() {
    return names;
  }

  ReadColumn column(int column) {
    return columns[column];
  }

  /** A row, which shares the memory of all. */
  Row row(int at) {
    return new Row(this, at);
  }
}
