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

    /** Most keys of a request that it may be part of: fewer, the more often such were refused. */
    int company = Integer.MAX_VALUE;

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

    /** Whether a request was refused that it was part of, and any of these may be to blame. */
    boolean isSuspect() {
      return company < Integer.MAX_VALUE;
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
