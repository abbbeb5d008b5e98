package io.thalweg.client.lookup;

import io.thalweg.format.error.ThalwegException;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Waits for the rows of a batch of keys. Hears one of the two, once, on the client's loop. */
public interface BatchWaiter {
  /** Whether nobody waits any more: the rows came, the batch failed, or its caller gave it up. */
  boolean isDone();

  /** Takes the rows over; false, without having taken them, when nobody waits any more. */
  boolean found(VectorSchemaRoot rows);

  /** The batch was given up. */
  void failed(ThalwegException failure);
}
