package io.thalweg.simulation.check;

import io.thalweg.format.schema.TableBucket;

/**
 * Something that was seen outside of the log and that the log must allow. {@link RetentionChecker}
 * judges it by the state that the committed log gives at {@link #index}.
 */
public sealed interface Sighting {

  /** The last entry that was committed when it was seen. */
  long index();

  /** A server began to delete an object. */
  record Deleted(long index, String who, String key) implements Sighting {}

  /** A reader heard that a bucket does not hold an offset at which it was, or which it had seen. */
  record OutOfRange(long index, String who, TableBucket bucket, long offset) implements Sighting {}

  /** A client heard that a bucket's first offset is {@code start}. */
  record Begins(long index, String who, TableBucket bucket, long start) implements Sighting {}
}
