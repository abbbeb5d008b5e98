package io.thalweg.server.kv.store;

/** The rows at one offset. One thread at a time, not necessarily the store's. */
public interface KvView extends AutoCloseable {

  /** The changelog offset up to which it goes. */
  long offset();

  /**
   * Rows in key order.
   *
   * @param from the least key wanted; empty for the first
   * @param to the least key not wanted; empty for no end
   */
  KvCursor scan(byte[] from, byte[] to);

  /**
   * As {@link #scan}, for a few rows that are looked up: nothing is read ahead, and what is read
   * may be kept in memory for the next lookup.
   */
  KvCursor find(byte[] from, byte[] to);

  @Override
  void close();
}
