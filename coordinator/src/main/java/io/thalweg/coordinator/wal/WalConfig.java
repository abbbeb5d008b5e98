package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.ratis.RatisConfig;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Settings of the log of a coordinator that is alone.
 *
 * @param group name of its group
 * @param member its id
 * @param directory where it keeps its log and snapshots; nobody else's
 * @param fileBytes of a log file, whole blocks; it holds the largest entry
 * @param snapshotEntries it takes a snapshot after this many entries
 * @param snapshotBytes it takes a snapshot after this many bytes of entries
 * @param snapshotsKept snapshot files kept; the newest one counts
 * @param pendingEntries most entries under way; beyond them appends are rejected
 * @param pendingBytes most bytes of entries under way
 * @param appendTimeout an append that takes longer ends as unknown
 * @param repair whether to cut off a damaged end of the log, after keeping a copy, instead of
 *     refusing to start
 * @param reserveBytes free space to keep on the log's disk; with less, entries with payload are
 *     refused. At most an eighth of the disk; 0 for none
 */
public record WalConfig(
    String group,
    String member,
    Path directory,
    long fileBytes,
    long snapshotEntries,
    long snapshotBytes,
    int snapshotsKept,
    int pendingEntries,
    long pendingBytes,
    Duration appendTimeout,
    boolean repair,
    long reserveBytes) {

  /** The settings of a log of our own that are those of Raft's. */
  public static WalConfig of(RatisConfig raft) {
    return new WalConfig(
        raft.group().name(),
        raft.self(),
        raft.directory(),
        raft.segmentBytes(),
        raft.snapshotEntries(),
        raft.snapshotBytes(),
        raft.snapshotsKept(),
        raft.pendingEntries(),
        raft.pendingBytes(),
        raft.appendTimeout(),
        raft.repair(),
        raft.reserveBytes());
  }
}
