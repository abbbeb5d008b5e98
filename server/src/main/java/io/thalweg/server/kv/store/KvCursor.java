package io.thalweg.server.kv.store;

import io.thalweg.format.row.BinaryList;

/** Goes through rows in key order. To be closed before its view. */
public interface KvCursor extends AutoCloseable {

  /**
   * Adds the next rows to the lists.
   *
   * @param maxRows the most rows to add, at least 1
   * @param maxBytes it stops after this many bytes of keys and values; one row is always added, if
   *     one is left
   * @return whether there may be more
   */
  boolean next(int maxRows, int maxBytes, BinaryList keys, BinaryList values);

  @Override
  void close();
}
