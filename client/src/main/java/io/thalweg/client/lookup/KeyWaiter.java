package io.thalweg.client.lookup;

import io.thalweg.format.error.ThalwegException;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Waits for the rows of one key. One of the two methods is called, once, on the client's loop. */
public interface KeyWaiter {
  /**
   * Takes the rows of the key: those in {@code rows} from {@code first} up to, but not including,
   * {@code end}. They may be read until this returns.
   */
  void found(LookupAnswer answer, VectorSchemaRoot rows, int first, int end);

  /** The key was given up. */
  void failed(ThalwegException failure);
}
