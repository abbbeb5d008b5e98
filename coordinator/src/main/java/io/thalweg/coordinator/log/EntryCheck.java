package io.thalweg.coordinator.log;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Checks entries from other processes before they are appended, so that the log never gets bytes
 * that nobody can apply. Any thread.
 */
public interface EntryCheck extends RoomRule {

  /** Lets everything pass. */
  EntryCheck NONE = entry -> Optional.empty();

  /** Why {@code entry} must not be appended, if it must not. */
  Optional<String> whyNot(ByteBuffer entry);

  /** The entry to append in the place of {@code entry}, which has passed the check. */
  default ByteBuffer admitted(ByteBuffer entry) {
    return entry;
  }

  @Override
  default boolean carriesPayload(ByteBuffer entry) {
    return false;
  }
}
