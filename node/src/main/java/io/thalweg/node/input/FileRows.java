package io.thalweg.node.input;

import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.VectorSchemaRoot;

/** The rows of one file, read once from the beginning to the end. One thread; closed once. */
public interface FileRows extends AutoCloseable {
  /** The columns of the table that the rows have, in the table's order. */
  List<String> columns();

  /** The system columns of our own files that were there so far and mean nothing to an append. */
  Set<String> leftOut();

  /** The columns so far, as the file names them, that have another name in the table. */
  Set<String> renamed();

  /** How many rows there are, or -1 where that is not known beforehand. */
  long count();

  /**
   * The next rows; null at the end. They are this object's and valid until the next call. Rows
   * before one that cannot be read come first, the failure with the call after that.
   */
  VectorSchemaRoot next();

  @Override
  void close();
}
