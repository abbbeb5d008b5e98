package io.thalweg.node.input;

import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/** Collects the rows of a text file in vectors of the table's types. One thread. */
final class TextRows implements FileRows {
  private static final int BATCH_ROWS = 16_384;
  private static final long BATCH_BYTES = 4L << 20;

  private final String name;
  private final RowReader reader;
  private final List<Column> columns;
  private final VectorSchemaRoot root;
  private InputException failure;
  private boolean ended;

  TextRows(String name, RowReader reader, List<Column> columns, BufferAllocator allocator) {
    this.name = name;
    this.reader = reader;
    this.columns = columns;
    this.root =
        VectorSchemaRoot.create(
            new Schema(
                columns.stream()
                    .map(column -> ArrowTypes.toArrow(column.name(), column.type()))
                    .toList()),
            allocator);
  }

  @Override
  public List<String> columns() {
    return columns.stream().map(Column::name).toList();
  }

  @Override
  public Set<String> leftOut() {
    return reader.fileNames().leftOut();
  }

  @Override
  public Set<String> renamed() {
    return reader.fileNames().renamed();
  }

  @Override
  public long count() {
    return -1;
  }

  @Override
  public VectorSchemaRoot next() {
    if (failure != null) {
      throw failure;
    }
    if (ended) {
      return null;
    }
    root.clear();
    root.allocateNew();
    int rows = 0;
    long bytes = 0;
    while (rows < BATCH_ROWS && bytes < BATCH_BYTES && failure == null && !ended) {
      Object[] values = row();
      if (values != null) {
        for (int i = 0; i < values.length; i++) {
          VectorWriter.write(root.getVector(i), rows, columns.get(i).type(), values[i]);
          bytes += Columns.bytes(values[i]);
        }
        rows++;
      }
    }
    root.setRowCount(rows);
    if (rows > 0) {
      return root;
    }
    return next();
  }

  private Object[] row() {
    try {
      Object[] values = reader.next(columns);
      ended = values == null;
      return values;
    } catch (Exact.Misfit misfit) {
      failure = new InputException(name + ", " + reader.place() + ", " + misfit.getMessage());
    } catch (InputException unreadable) {
      failure = new InputException(name + ", " + unreadable.getMessage(), unreadable);
    } catch (IOException damaged) {
      failure = Columns.unreadable(name, reader.place(), damaged);
    }
    return null;
  }

  @Override
  public void close() {
    root.close();
    try {
      reader.close();
    } catch (IOException unread) {
      throw new InputException("cannot close " + name + ": " + unread.getMessage(), unread);
    }
  }
}
