package io.thalweg.coordinator.log;

import java.nio.ByteBuffer;

/**
 * What the entries of a {@link MetadataLog} change. Every call comes on the event loop that the log
 * was given, in log order, so an implementation needs no lock.
 */
public interface ReplicatedState {

  /**
   * Applies a committed entry.
   *
   * @param index its place in the log, from 1 and growing, not necessarily by one (a log has
   *     entries of its own). An index at or below {@link #appliedIndex} was applied before and must
   *     change nothing.
   * @param entry the bytes that were appended; valid during the call only
   * @return the reply for the appender, if it still waits
   */
  byte[] apply(long index, ByteBuffer entry);

  /** The index of the last entry that was applied or restored; 0 at first. */
  long appliedIndex();

  /** The whole state as bytes, together with {@link #appliedIndex}. */
  byte[] snapshot();

  /** Becomes what {@link #snapshot} gave, and forgets everything else. */
  void restore(ByteBuffer snapshot);
}
