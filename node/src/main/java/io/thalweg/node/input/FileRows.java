package io.thalweg.node.input;

import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.VectorSchemaRoot;

/** The rows of one file, read once from the beginning to the end. One thread; closed once. */
public interface FileRows extends AutoCloseable {
  /** The table's columns that the rows have, in the table's order. */
  List<String> columns();

  /** The system columns seen so far that an append leaves out. */
  Set<String> leftOut();

  /** The columns seen so far with another name in the table, by their names in the file. */
  Set<String> renamed();

  /** How many rows there are, or -1 where that is unknown in advance. */
  long count();

  /**
   * The next rows; null at the end. They belong to this object and are valid until the next call.
   * Rows before an unreadable one are returned first; the call after that fails.
   */
  VectorSchemaRoot next();

  @Override
  void close();
}
