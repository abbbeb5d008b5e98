package io.thalweg.node.input;

import io.thalweg.format.cast.Exact;
import io.thalweg.format.schema.Column;
import java.io.IOException;
import java.util.List;

/** Rows of a text file as values, one after the other. One thread; closed once. */
interface RowReader extends AutoCloseable {
  /**
   * The next row's values of {@code columns}, in the form that {@link
   * io.thalweg.format.cast.VectorWriter} takes; null at the end.
   */
  Object[] next(List<Column> columns) throws Exact.Misfit, IOException;

  /** The names of the file's columns so far. */
  FileNames fileNames();

  /** The row read last, from 1, and its place in the file. */
  String place();

  @Override
  void close() throws IOException;
}
