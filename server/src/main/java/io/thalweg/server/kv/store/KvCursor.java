package io.thalweg.server.kv.store;

import io.thalweg.format.row.BinaryList;

/** Goes through rows in key order. To be closed before its view. */
public interface KvCursor extends AutoCloseable {

  /**
   * Adds the next rows to the lists.
   *
   * @param maxRows at most so many; at least 1
   * @param maxBytes stop after that many bytes of keys and values; one row is always given
   * @return whether there may be more
   */
  boolean next(int maxRows, int maxBytes, BinaryList keys, BinaryList values);

  @Override
  void close();
}
