/**
 * The coordinator's interface for servers: {@link io.thalweg.coordinator.api.CoordinatorApi}, with
 * proposals, read indexes, the feed of applied commands, and reads of inline payloads. {@link
 * io.thalweg.coordinator.api.CoordinatorNode} is the member behind it; {@link
 * io.thalweg.coordinator.api.LocalCoordinator} is the API within the same process; {@code
 * io.thalweg.coordinator.ratis.remote} has the API across processes.
 *
 * <p>The proposer decodes each command from its own bytes before it sends it ({@link
 * io.thalweg.coordinator.api.EntryForm}); a command that does not decode to itself is {@code
 * Unfit}. If the log has an entry that is no command all the same, every member refuses it and
 * feeds it as {@code Unappliable}.
 *
 * <p><b>Log entry</b>: {@code int32 command length, command, inline payload} (the rest).
 * <b>Snapshot of a coordinator</b>: {@code int32 magic 0x43574c54, int8 version 1, varint length,
 * cluster state, varint count}, per live inline payload {@code varint index, varint length, bytes};
 * {@code int32 CRC32C} of everything before it. Inline payloads are part of the snapshot, so a log
 * may drop every entry that a snapshot covers, and a member that restores a snapshot misses
 * nothing.
 */
package io.thalweg.coordinator.api;
