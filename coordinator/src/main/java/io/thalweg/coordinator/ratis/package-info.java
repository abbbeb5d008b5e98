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
 * <p><b>Damage, and what was only being written.</b> An entry that was half written when the
 * process or the machine died was never acknowledged and is cut off; bytes that changed later are
 * damage and stop the start. {@code TornTail} tells one from the other by what was flushed. Ratis
 * applies an entry only once this member has flushed it, so each applied index is noted, before
 * anybody hears of it, in the file {@code flushed}: written through mapped memory, without a force
 * of its own. It outlives the process exactly, and a loss of power as a lower bound. For that case
 * each entry also carries what was applied when it was proposed, so that a whole entry testifies
 * for those before. What remains: after a loss of power, damage of more than one bit in the very
 * last flush that looks like a lost sector is taken for one. {@code --repair} cuts a damaged end
 * after keeping a copy of the file in {@code repair-N}; a single coordinator then begins a new
 * timeline, as after a restore. {@code VoteFile} and {@code SnapshotFiles} look at Ratis' small
 * file {@code raft-meta} and at the newest snapshot, so that damage is told in one sentence; {@code
 * --repair} writes {@code raft-meta} anew with the highest term of the log, and the member has no
 * vote until it has caught up. A damaged closed log file or snapshot stops the start, always.
 *
 * <p>The file {@code flushed} has 4,096 bytes: from byte 0 the line {@code thalweg-flushed 1} and
 * the machine's boot id, in UTF-8 and padded with zeros; at byte 128, big-endian, the index up to
 * which the log is flushed, at byte 136 the last index that was found whole at the start; each
 * {@code index << 20 | the low 20 bits of the CRC32C} of the index as eight bytes. A damaged one is
 * as none.
 *
 * <p><b>Who votes.</b> Raft trusts that a member keeps what it acknowledged. One whose directory is
 * new, or was cut by {@code --repair}, breaks that, and with its vote an old log could win over the
 * better one of a member that is away. {@code VotingRight} decides, {@code VoteCalls} stands before
 * Ratis' gRPC service and answers no in its place, {@code RatisElections} keeps a member that has
 * part of a log from standing itself. Such a member gets its vote once it has applied an entry of
 * the term of the leader that it follows, up to what that leader said is committed when it was
 * first heard: the leader was elected without it, so the log that it sends holds all that was ever
 * committed. In a new group, where nobody has a log, all members have to say so within half a
 * minute (each asks the others for their votes with an empty log); so a group begins only when all
 * its members run. In a group of two the vote is given at once to who has a log, since what two
 * have committed each of them has. {@code --accept-loss} overrides it. The file {@code not-voting}
 * stands while a member has no vote; the file {@code founded} where it has seen its group begin, so
 * that it may vote for the first log although its own is empty yet. Each holds the line {@code
 * thalweg-voting 1} and a line that says why. Ratis' leader may believe for ever that an emptied
 * follower has what it once had; a member that does not get on asks for an election after ten
 * seconds.
 *
 * <p><b>A full disk.</b> A log that cannot be written ends the member, so that {@code LogSpace}
 * keeps some of the disk free ({@code coordinator.log.reserve}): past it entries that carry records
 * are refused with NO_SPACE; those that only say what happened go on, since they are what makes
 * room: moves, trims, drops, snapshots. When the disk is full all the same, the file {@code
 * reserve}, of zeros, is given back; a start does that before it writes anything. It is made again
 * when there is room. Past that everything is refused until there is.
 *
 * <p><b>An entry's bytes</b> in the log are {@code int32 0x9f4c5754, int64 index flushed when it
 * was proposed} (little-endian), then what was appended; without these twelve bytes in logs of
 * earlier releases.
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
