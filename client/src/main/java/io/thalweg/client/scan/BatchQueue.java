package io.thalweg.client.scan;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.Clock;
import java.util.ArrayDeque;

/**
 * Hands batches from a reader's thread to its user and holds a bounded number of them. Each batch
 * belongs to an epoch. A seek begins a new epoch, and batches of an old one are dropped. Any
 * thread.
 */
final class BatchQueue {
  private static final int CAPACITY = 8;

  private final Clock clock;
  private final ArrayDeque<ReadBatch> batches = new ArrayDeque<>();
  private ThalwegException failure;
  private boolean ended;
  private int epoch;

  BatchQueue(Clock clock) {
    this.clock = clock;
  }

  /** Adds a batch, waiting for room. If its epoch is over, closes the batch and returns false. */
  synchronized boolean put(int ofEpoch, ReadBatch batch) {
    while (epoch == ofEpoch && batches.size() >= CAPACITY) {
      pause(1_000);
    }
    if (epoch != ofEpoch) {
      batch.close();
      return false;
    }
    batches.add(batch);
    notifyAll();
    return true;
  }

  /** Ends the epoch; {@code with} is null for a good end. */
  synchronized void end(int ofEpoch, ThalwegException with) {
    if (epoch == ofEpoch) {
      ended = true;
      failure = with;
      notifyAll();
    }
  }

  /** The next batch, or null if none came in time or none will. */
  synchronized ReadBatch take(long timeoutNanos) {
    long deadline = clock.nanoTime() + timeoutNanos;
    while (batches.isEmpty() && !ended) {
      long left = deadline - clock.nanoTime();
      if (left <= 0) {
        return null;
      }
      pause(Math.max(1, left / 1_000_000));
    }
    if (batches.isEmpty() && failure != null) {
      throw failure;
    }
    ReadBatch batch = batches.poll();
    notifyAll();
    return batch;
  }

  /** Whether the epoch ended well and every batch was taken. */
  synchronized boolean finished() {
    return ended && failure == null && batches.isEmpty();
  }

  /** Drops all batches and begins a new epoch. */
  synchronized int next() {
    batches.forEach(ReadBatch::close);
    batches.clear();
    ended = false;
    failure = null;
    epoch++;
    notifyAll();
    return epoch;
  }

  synchronized boolean isCurrent(int ofEpoch) {
    return epoch == ofEpoch;
  }

  /** Waits until the epoch is over or the time has passed. */
  synchronized void sleep(int ofEpoch, long nanos) {
    long deadline = clock.nanoTime() + nanos;
    while (epoch == ofEpoch && deadline - clock.nanoTime() > 0) {
      pause(Math.max(1, (deadline - clock.nanoTime()) / 1_000_000));
    }
  }

  /** Waits once; every caller loops until its condition is true. */
  @SuppressWarnings("WaitNotInLoop")
  private void pause(long millis) {
    try {
      wait(millis);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new ThalwegException(ErrorCode.CLOSING, "interrupted while waiting", interrupted);
    }
  }
}
