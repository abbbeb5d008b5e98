package io.thalweg.server.api;

/**
 * Memory set aside for one append. Given back once, by the append that uses it or by closing it.
 */
public interface WritePermit extends AutoCloseable {
  /** Bytes set aside. */
  long bytes();

  @Override
  void close();
}
