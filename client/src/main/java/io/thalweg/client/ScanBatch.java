package io.thalweg.client;

import io.thalweg.format.json.ScanProgress;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Rows of one bucket as Arrow vectors. The holder closes it.
 *
 * @param range which offsets they came from
 * @param rows the columns asked for, then, with positions, {@code __offset} and {@code
 *     __timestamp}, and of a table with a primary key {@code __change_type}; may be empty when a
 *     filter left nothing
 */
public record ScanBatch(ScanProgress.Range range, VectorSchemaRoot rows) implements AutoCloseable {
  @Override
  public void close() {
    rows.close();
  }
}
