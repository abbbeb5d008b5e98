package io.thalweg.server.api.aggregate;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Computes an aggregate, bucket by bucket. Its caller's tasks call it, one call at a time; its own
 * work runs as further tasks of the same sequence.
 */
public interface AggregateScan extends AutoCloseable {
  /**
   * The next bucket's result, for the caller to close before the next call; empty when there are no
   * more. Fails with what reading fails with, LIMIT_REACHED for too many groups, and OVERLOADED.
   */
  CompletableFuture<Optional<Partial>> next();

  /** What was done so far. */
  Counts counts();

  /**
   * Counts since the beginning.
   *
   * @param batches of records or rows
   * @param skipped of these, excluded by statistics
   * @param byStatistics of these, counted by their statistics without being read
   * @param rows in all of these
   */
  record Counts(long batches, long skipped, long byStatistics, long rows) {}

  /** Ends what runs; {@link #next} no longer completes. */
  @Override
  void close();
}
