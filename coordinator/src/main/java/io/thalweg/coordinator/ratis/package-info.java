/**
 * The coordinators' log on Apache Ratis: one member of one Raft group, in this process.
 *
 * <p>{@link io.thalweg.coordinator.ratis.RatisMetadataLog} opens a member and appends to it. What a
 * member keeps on its disk is {@link io.thalweg.coordinator.ratis.storage}; whether it may vote is
 * {@link io.thalweg.coordinator.ratis.vote}; how other processes reach it is {@link
 * io.thalweg.coordinator.ratis.remote}.
 *
 * <p><b>Durable before acknowledged.</b> A member counts its own copy of an entry towards the
 * majority after it has flushed the entry. {@code raft.server.log.unsafe-flush.enabled=false} and
 * {@code raft.server.log.async-flush.enabled=false} make a flush mean that {@code
 * FileChannel.force} has returned; {@code raft.server.log.use.memory=false} keeps the log in files.
 * While one flush runs, entries gather for the next, so one force serves many entries. A snapshot
 * and its digest are forced, then renamed, then the directory is forced, and only then does Ratis
 * drop the entries before it.
 *
 * <p><b>Who calls whom.</b> Ratis applies entries on one thread of its own; {@code
 * LoopStateMachine} hands each entry to the coordinator's event loop in that order. {@link
 * io.thalweg.coordinator.log.EntryCheck} checks every entry before it is appended, whichever
 * process sent it. When the log cannot be written, the member ends and calls the failure handler.
 *
 * <p><b>An entry that cannot be applied</b> must neither end the cluster for good nor leave half a
 * change behind. Every member refuses an entry that is no command, in the entry's place. An entry
 * that makes the state fail ends the member, because the state may have changed by half. The member
 * notes the entry's index first ({@code UnappliableEntries}); its next start restores the state
 * from before the entry and refuses the entry. Every member does this by itself, and no member has
 * fed the entry to a server. An entry that a later release wrote is not refused: it ends the
 * member, which is too old for this log.
 *
 * <p><b>Queries.</b> An empty query asks a member for its applied index; {@link
 * io.thalweg.coordinator.ratis.QueryHandler} answers every other query.
 *
 * <p><b>Logging.</b> Ratis logs much at level INFO. Set {@code org.apache.ratis} to WARN. Because
 * these repeat themselves, or this package reports the same better, set to ERROR {@code
 * org.apache.ratis.server.impl.LeaderElection}, {@code
 * org.apache.ratis.server.raftlog.segmented.SegmentedRaftLog} and {@code
 * org.apache.ratis.grpc.server.GrpcLogAppender}, and to OFF {@code
 * org.apache.ratis.client.impl.OrderedAsync}, {@code org.apache.ratis.client.impl.UnorderedAsync}
 * and {@code org.apache.ratis.util.JvmPauseMonitor}.
 */
package io.thalweg.coordinator.ratis;
