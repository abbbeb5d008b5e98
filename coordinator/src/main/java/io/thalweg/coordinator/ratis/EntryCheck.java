package io.thalweg.coordinator.ratis;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Looks at entries that come from another process before they are appended, so that bytes nobody
 * can apply never enter the log. Any thread.
 */
public interface EntryCheck {

  /** Lets everything pass. */
  EntryCheck NONE = entry -> Optional.empty();

  /** Why {@code entry} must not be appended, if it must not. */
  Optional<String> whyNot(ByteBuffer entry);

  /** What is appended in the place of {@code entry}, which nothing spoke against. */
  default ByteBuffer admitted(ByteBuffer entry) {
    return entry;
  }

  /** It was not appended, for want of room. */
  default void refused(ByteBuffer entry) {}

  /** Whether it carries records, which are turned away first when the disk is full. */
  default boolean carriesPayload(ByteBuffer entry) {
    return false;
  }
}
