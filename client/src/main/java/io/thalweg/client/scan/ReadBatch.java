package io.thalweg.client.scan;

import io.thalweg.format.json.ScanProgress;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Rows read from one bucket. The holder closes it.
 *
 * @param range the offsets of the rows
 */
public record ReadBatch(ScanProgress.Range range, VectorSchemaRoot rows) implements AutoCloseable {
  @Override
  public void close() {
    rows.close();
  }
}
