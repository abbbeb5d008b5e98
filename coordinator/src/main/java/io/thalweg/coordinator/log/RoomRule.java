package io.thalweg.coordinator.log;

import java.nio.ByteBuffer;

/** Which entries are refused first when the log's disk fills up. Any thread. */
public interface RoomRule {

  /** Refuses no entry before the others. */
  RoomRule NONE = entry -> false;

  /** Whether the entry carries records; these entries are refused first. */
  boolean carriesPayload(ByteBuffer entry);

  /** Learns that an entry was not appended for lack of room. */
  default void refused(ByteBuffer entry) {}
}
