package io.thalweg.client.lookup;

import io.thalweg.format.error.ThalwegException;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Waits for the rows of one key. Hears one of the two, once, on the client's loop. */
public interface KeyWaiter {
  /**
   * The rows of the key stand in {@code rows} from {@code first} up to but not including {@code
   * end}; they may be read until this returns.
   */
  void found(LookupAnswer answer, VectorSchemaRoot rows, int first, int end);

  /** The key was given up. */
  void failed(ThalwegException failure);
}
