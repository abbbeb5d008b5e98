package io.thalweg.format.cast;

import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Rows in a table's columns. One thread. Closing frees the copied vectors, never those that were
 * taken as they are.
 *
 * @param root groups the vectors and is not to be closed
 * @param made the copied ones
 */
public record CastRows(VectorSchemaRoot root, List<FieldVector> made) implements AutoCloseable {
  @Override
  public void close() {
    made.forEach(FieldVector::close);
  }
}
