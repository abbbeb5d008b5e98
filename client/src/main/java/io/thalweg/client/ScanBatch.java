package io.thalweg.client;

import io.thalweg.format.json.ScanProgress;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Rows of one bucket as Arrow vectors. The holder closes it.
 *
 * @param range the offsets of the rows
 * @param rows the requested columns, then, with positions, {@code __offset} and {@code
 *     __timestamp}, and for a table with a primary key {@code __change_type}; may be empty if no
 *     row matched the filter
 */
public record ScanBatch(ScanProgress.Range range, VectorSchemaRoot rows) implements AutoCloseable {
  @Override
  public void close() {
    rows.close();
  }
}
