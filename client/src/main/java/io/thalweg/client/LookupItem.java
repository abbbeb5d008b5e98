package io.thalweg.client;

import io.thalweg.format.error.ThalwegException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What waits for an answer. Belongs to the client's loop. */
sealed interface LookupItem {

  /** When it is given up, on the clock's nanoseconds. */
  long deadline();

  /** Gives it up. */
  void fail(ThalwegException failure);

  /** One key, or the first columns of keys, of one lookup. */
  final class Single implements LookupItem {
    final Object[] key;
    final int bucket;
    final CompletableFuture<List<Row>> rows;
    private final long deadline;

    /** To be asked in a request of its own. */
    boolean alone;

    /** {@code key} holds checked values in key order. */
    Single(Object[] key, int bucket, long deadline, CompletableFuture<List<Row>> rows) {
      this.key = key;
      this.bucket = bucket;
      this.deadline = deadline;
      this.rows = rows;
    }

    @Override
    public long deadline() {
      return deadline;
    }

    @Override
    public void fail(ThalwegException failure) {
      rows.completeExceptionally(failure);
    }
  }

  /** Some keys of a batch, all of them owned by one server. */
  final class Part implements LookupItem {
    final LookupBatch batch;
    final int[] keys;

    /** {@code keys} are rows of the batch, ascending. */
    Part(LookupBatch batch, int[] keys) {
      this.batch = batch;
      this.keys = keys;
    }

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
