package io.thalweg.client;

import io.thalweg.format.error.ThalwegException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What waits for an answer. Belongs to the client's loop. */
sealed interface LookupItem {

  /** When it is given up, on the clock's nanoseconds. */
  long deadline();

  /** Gives it up. */
  void fail(ThalwegException failure);

  /**
   * One key of one lookup.
   *
   * @param key checked values in key order
   */
  record Single(Object[] key, int bucket, long deadline, CompletableFuture<Optional<Row>> row)
      implements LookupItem {
    @Override
    public void fail(ThalwegException failure) {
      row.completeExceptionally(failure);
    }
  }

  /**
   * Some keys of a batch, all of them owned by one server.
   *
   * @param keys rows of the batch, ascending
   */
  record Part(LookupBatch batch, int[] keys) implements LookupItem {
    @Override
    public long deadline() {
      return batch.deadline();
    }

    @Override
    public void fail(ThalwegException failure) {
      batch.fail(failure);
    }
  }
}
