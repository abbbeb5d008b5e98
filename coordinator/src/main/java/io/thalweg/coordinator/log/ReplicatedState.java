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
   * @throws RuntimeException when it cannot: this state may have half changed and must not be used
   *     any more; one that is restored is given {@link #refuse} in this entry's place
   */
  byte[] apply(long index, ByteBuffer entry);

  /**
   * Takes note of a committed entry that must not be applied, because {@link #apply} failed on it
   * once and nobody knows what it would leave half done. Every member comes to that, by itself.
   *
   * @return the reply for the appender, if it still waits
   */
  byte[] refuse(long index, String why);

  /** The index of the last entry that was applied or restored; 0 at first. */
  long appliedIndex();

  /** The whole state as bytes, together with {@link #appliedIndex}. */
  byte[] snapshot();

  /**
   * The same piece by piece: entries that are applied while the copy is read do not show in it. It
   * ends with {@link #restore} too. There is one at a time.
   */
  default StateCopy copy() {
    return StateCopy.of(appliedIndex(), snapshot());
  }

  /** Becomes what {@link #snapshot} or {@link #copy} gave, and forgets everything else. */
  void restore(ByteBuffer snapshot);
}
