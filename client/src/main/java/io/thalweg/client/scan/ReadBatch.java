package io.thalweg.client.scan;

import io.thalweg.format.json.ScanProgress;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Rows of one bucket as they were read. The holder closes it.
 *
 * @param range which offsets they came from
 */
public record ReadBatch(ScanProgress.Range range, VectorSchemaRoot rows) implements AutoCloseable {
  @Override
  public void close() {
    rows.close();
  }
}
