package io.thalweg.coordinator.ratis;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Checks entries from other processes before they are appended, so that the log never gets bytes
 * that nobody can apply. Any thread.
 */
public interface EntryCheck {

  /** Lets everything pass. */
  EntryCheck NONE = entry -> Optional.empty();

  /** Why {@code entry} must not be appended, if it must not. */
  Optional<String> whyNot(ByteBuffer entry);

  /** The entry to append in the place of {@code entry}, which has passed the check. */
  default ByteBuffer admitted(ByteBuffer entry) {
    return entry;
  }

  /** Learns that an entry was not appended for lack of room. */
  default void refused(ByteBuffer entry) {}

  /** Whether the entry carries records; these entries are refused first when the disk fills up. */
  default boolean carriesPayload(ByteBuffer entry) {
    return false;
  }
}
