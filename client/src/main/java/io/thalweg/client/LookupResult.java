package io.thalweg.client;

import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The rows found for a batch of keys. The holder closes it.
 *
 * @param rows in the order of their keys: a first column {@code __key_index}, INT, says to which
 *     key each row belongs (from 0); the requested columns follow. Keys without a row are left out
 */
public record LookupResult(VectorSchemaRoot rows) implements AutoCloseable {
  @Override
  public void close() {
    rows.close();
  }
}
