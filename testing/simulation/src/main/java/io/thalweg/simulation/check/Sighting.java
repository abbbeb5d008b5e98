package io.thalweg.simulation.check;

import io.thalweg.format.schema.TableBucket;

/**
 * An observation from outside the log that the log must allow. {@link RetentionChecker} judges it
 * by the state that the committed log gives at {@link #index}.
 */
public sealed interface Sighting {

  /** The last committed entry at that time. */
  long index();

  /** A server began to delete an object. */
  record Deleted(long index, String who, String key) implements Sighting {}

  /**
   * A reader got the answer that a bucket does not hold an offset at which it was, or which it had
   * seen.
   */
  record OutOfRange(long index, String who, TableBucket bucket, long offset) implements Sighting {}

  /** A client got the answer that a bucket's first offset is {@code start}. */
  record Begins(long index, String who, TableBucket bucket, long start) implements Sighting {}
}
