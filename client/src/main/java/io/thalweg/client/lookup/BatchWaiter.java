package io.thalweg.client.lookup;

import io.thalweg.format.error.ThalwegException;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Waits for the rows of a batch of keys. One of the two methods is called, once, on the client's
 * loop.
 */
public interface BatchWaiter {
  /**
   * Whether nobody waits any more, because the rows came, the batch failed, or its caller gave it
   * up.
   */
  boolean isDone();

  /** Takes the rows over; if nobody waits any more, returns false and leaves them to the caller. */
  boolean found(VectorSchemaRoot rows);

  /** The batch was given up. */
  void failed(ThalwegException failure);
}
