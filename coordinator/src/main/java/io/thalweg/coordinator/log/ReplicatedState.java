package io.thalweg.coordinator.log;

import java.nio.ByteBuffer;

/**
 * The state that the entries of a {@link MetadataLog} change. The log makes every call on its event
 * loop, in log order, so an implementation needs no lock.
 */
public interface ReplicatedState {

  /**
   * Applies a committed entry.
   *
   * @param index its place in the log. Indexes begin at 1 and grow, not always by one, because a
   *     log has entries of its own. An entry at or below {@link #appliedIndex} was applied before
   *     and must change nothing.
   * @param entry the bytes that were appended; valid during the call only
   * @return the reply for the appender, if it still waits
   * @throws RuntimeException if it cannot. This state may have changed by half and must not be used
   *     any more; the log then calls {@link #refuse} on a restored state, in this entry's place
   */
  byte[] apply(long index, ByteBuffer entry);

  /**
   * Takes note of a committed entry that must not be applied, because {@link #apply} failed on it
   * once and could leave a change half done. Every member reaches this call by itself.
   *
   * @return the reply for the appender, if it still waits
   */
  byte[] refuse(long index, String why);

  /** The index of the last entry that was applied or restored; 0 at first. */
  long appliedIndex();

  /** The whole state as bytes, together with {@link #appliedIndex}. */
  byte[] snapshot();

  /**
   * The same, piece by piece. Entries that are applied while somebody reads the copy do not show in
   * it. {@link #restore} ends the copy too. There is at most one at a time.
   */
  default StateCopy copy() {
    return StateCopy.of(appliedIndex(), snapshot());
  }

  /**
   * Becomes the state that {@link #snapshot} or {@link #copy} returned, and forgets everything
   * else.
   */
  void restore(ByteBuffer snapshot);
}
