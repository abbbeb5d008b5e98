package io.thalweg.client.lookup;

import io.thalweg.format.error.ThalwegException;
import java.util.function.IntSupplier;

/** A key, or some keys of a batch, that wait for an answer. Belongs to the client's loop. */
sealed interface LookupItem {

  /** When it is given up, on the clock's nanoseconds. */
  long deadline();

  /** Gives it up. */
  void fail(ThalwegException failure);

  /** One key, or the first columns of keys, of one lookup. */
  final class Single implements LookupItem {
    final Requested given;
    final Object[] key;
    final IntSupplier bucket;
    final KeyWaiter waiter;
    private final long deadline;

    /** Most keys of the next request that has this key: fewer after each refusal. */
    int company = Integer.MAX_VALUE;

    /**
     * A key.
     *
     * @param key checked values in key order
     * @param bucket finds the bucket; another one once partitions came or went
     */
    Single(Requested given, Object[] key, IntSupplier bucket, long deadline, KeyWaiter waiter) {
      this.given = given;
      this.key = key;
      this.bucket = bucket;
      this.deadline = deadline;
      this.waiter = waiter;
    }

    @Override
    public long deadline() {
      return deadline;
    }

    /** Whether a request with this key was refused, so that this key may be to blame. */
    boolean isSuspect() {
      return company < Integer.MAX_VALUE;
    }

    @Override
    public void fail(ThalwegException failure) {
      waiter.failed(failure);
    }
  }

  /** Some keys of a batch, all of them owned by one server. */
  final class Part implements LookupItem {
    final LookupBatch batch;
    final int[] keys;

    /** The keys in these rows of the batch, ascending. */
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
