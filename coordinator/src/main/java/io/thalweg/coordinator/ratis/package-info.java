/**
 * The coordinators' log on Apache Ratis, and the coordinator's API across processes.
 *
 * <p><b>Durable before acknowledged.</b> A member counts its own copy of an entry towards the
 * majority once the entry is flushed, and {@code raft.server.log.unsafe-flush.enabled=false} and
 * {@code raft.server.log.async-flush.enabled=false} make a flush mean that {@code
 * FileChannel.force} has returned; {@code raft.server.log.use.memory=false} keeps the log in files
 * at all. While one flush runs, entries gather for the next, so that one force serves many.
 * Snapshots and their digests are forced, then renamed, then the directory is forced, before
 * entries are dropped.
 *
 * <p><b>Who calls whom.</b> Ratis applies on one thread of its own; {@code LoopStateMachine} hands
 * each entry to the coordinator's event loop in that order. Every entry, of this process or
 * another, is looked at before it is appended ({@link io.thalweg.coordinator.ratis.EntryCheck}). A
 * log that cannot be written ends the member and tells the failure handler.
 *
 * <p><b>An entry that cannot be applied</b> must neither end the cluster for good nor leave half a
 * change behind. One that is no command is refused in its place, on every member alike. One that
 * makes the state fail ends the member, because the state may have half changed; its index is noted
 * before, and the next start, which restores the state from before the entry, refuses it instead.
 * Every member does so by itself, and none has fed the entry to a server. The file {@code
 * unappliable-entries} is text in UTF-8: the line {@code unappliable 1}, a line {@code INDEX
 * REASON} each, and {@code crc HEX}, the CRC32C of all lines before. Only what a later release
 * wrote is not refused: it ends the member, which is too old for this log.
 *
 * <p><b>Damage.</b> An entry that was being written when the process or the machine died was never
 * acknowledged: Ratis cuts it off where the file ends within it, {@code TornTail} where the file
 * goes on with zeros. Other wrong bytes, or a damaged snapshot, stop the start with an error that
 * names the directory or file.
 *
 * <p><b>The directory</b> holds a marker file {@code thalweg-coordinator}, text in UTF-8 with the
 * lines {@code format 1}, {@code group NAME}, {@code member ID}, each ended by a line feed; and one
 * directory of Ratis' own, named by the group's UUID (of version 3, over {@code thalweg/NAME}),
 * with {@code current} (log files, vote and term) and {@code sm} (snapshots {@code
 * snapshot.TERM_INDEX}, each with an {@code .md5}). A directory that says otherwise is refused.
 *
 * <p><b>Queries</b> (reads of other processes, as messages of Ratis' read-only requests; integers
 * as in {@link io.thalweg.format.io}): {@code int8 version 1, int8 kind}, then for kind 1, read
 * index: nothing; 3, read inline: {@code varint index, varint position, varint length}; 4, feed:
 * {@code varint timeline, varint after index, text opening, varint most bytes, varint wait in
 * nanoseconds} (2 was a feed without a history). <b>Answers</b>: {@code int8 version 1, int8 kind},
 * then for kind 1, index: {@code varint index}; 2, entries: {@code varint count} and per entry
 * {@code varint index, varint length, command}; 3, state snapshot: {@code varint length, bytes}; 4,
 * inline bytes: {@code varint length, bytes}; 5, inline payload gone: {@code varint applied index};
 * 6, failed: {@code varint error code, varint length, text}; 7, the asker has followed another log:
 * {@code varint length, text}. An empty query is this package's own and asks a member for its
 * applied index.
 *
 * <p><b>Logging.</b> Ratis says much at level INFO. The loggers to set to WARN are {@code
 * org.apache.ratis}; and, because they repeat themselves or report what we report better, to ERROR
 * {@code org.apache.ratis.server.impl.LeaderElection}, {@code
 * org.apache.ratis.server.raftlog.segmented.SegmentedRaftLog}, {@code
 * org.apache.ratis.grpc.server.GrpcLogAppender}, and to OFF {@code
 * org.apache.ratis.client.impl.OrderedAsync}, {@code org.apache.ratis.client.impl.UnorderedAsync},
 * {@code org.apache.ratis.util.JvmPauseMonitor}.
 */
package io.thalweg.coordinator.ratis;
