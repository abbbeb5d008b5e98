package io.thalweg.coordinator.ratis;

import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.ListenHost;
import io.thalweg.runtime.config.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Settings of one member of the replicated log.
 *
 * @param group all members
 * @param self id of this member
 * @param directory where it keeps its log and snapshots; nobody else's
 * @param segmentBytes at this size the log closes a file, which it may later drop
 * @param snapshotEntries the member takes a snapshot after this many entries
 * @param snapshotBytes the member takes a snapshot after this many bytes of entries
 * @param snapshotsKept snapshot files kept; the newest one counts
 * @param writeBufferBytes of the log's writer; holds the largest entry
 * @param pendingEntries most entries under way; beyond them appends are rejected
 * @param pendingBytes most bytes of entries under way
 * @param appendTimeout an append that takes longer ends as unknown
 * @param electionTimeout in a group of several: how long, at least, a silent leader stays leader; a
 *     group of one elects itself at once
 * @param repair whether to cut off a damaged end of the log, after keeping a copy, instead of
 *     refusing to start
 * @param lossAccepted whether this member votes although it may lack entries that it had
 *     acknowledged
 * @param reserveBytes free space to keep on the log's disk; with less, entries with payload are
 *     refused. At most an eighth of the disk; 0 for none
 * @param bindHost address to listen on; the others reach it by its address among the members
 */
public record RatisConfig(
    RatisGroup group,
    String self,
    Path directory,
    long segmentBytes,
    long snapshotEntries,
    long snapshotBytes,
    int snapshotsKept,
    long writeBufferBytes,
    int pendingEntries,
    long pendingBytes,
    Duration appendTimeout,
    Duration electionTimeout,
    boolean repair,
    boolean lossAccepted,
    long reserveBytes,
    String bindHost) {

  /** Bytes that Ratis adds to an entry, generously. */
  private static final int ENTRY_OVERHEAD = 64 << 10;

  /** The largest entry, as Ratis counts its bytes. */
  static final int MAX_RAFT_ENTRY = MetadataLog.MAX_ENTRY + ENTRY_OVERHEAD;

  /** Checks that this member is one of the group. */
  public RatisConfig {
    if (group.member(self).isEmpty()) {
      throw new ConfigException(
          "coordinator.id = '" + self + "' is none of coordinator.members " + group.members());
    }
  }

  /**
   * Reads {@code coordinator.group} (thalweg), {@code coordinator.members} ({@code
   * c1=127.0.0.1:9410}), {@code coordinator.id} (c1), {@code coordinator.log.dir}
   * (data/coordinator), {@code coordinator.log.segment.bytes} (32 MiB), {@code
   * coordinator.log.snapshot.entries} (50 000), {@code coordinator.log.snapshot.bytes} (64 MiB),
   * {@code coordinator.log.snapshots.kept} (2), {@code coordinator.log.buffer.bytes} (8 MiB),
   * {@code coordinator.log.pending.entries} (4 096), {@code coordinator.log.pending.bytes} (64
   * MiB), {@code coordinator.log.append.timeout} (10 s), {@code coordinator.election.timeout} (1 s)
   * {@code coordinator.log.repair} (false), {@code coordinator.accept-loss} (false) and {@code
   * coordinator.log.reserve} (128 MiB).
   */
  public static RatisConfig from(Settings settings) {
    RatisGroup group =
        RatisGroup.parse(
            settings.text("coordinator.group", "thalweg"),
            settings.text("coordinator.members", "c1=127.0.0.1:9410"));
    String self = settings.text("coordinator.id", "c1");
    return new RatisConfig(
        group,
        self,
        Path.of(settings.text("coordinator.log.dir", "data/coordinator")),
        settings.bytes("coordinator.log.segment.bytes", 32L << 20, 8L << 20, 1L << 30),
        settings.number("coordinator.log.snapshot.entries", 50_000, 10, 100_000_000),
        settings.bytes("coordinator.log.snapshot.bytes", 64L << 20, 64L << 10, 64L << 30),
        settings.integer("coordinator.log.snapshots.kept", 2, 1, 100),
        settings.bytes("coordinator.log.buffer.bytes", 8L << 20, MAX_RAFT_ENTRY + 64L, 256L << 20),
        settings.integer("coordinator.log.pending.entries", 4_096, 16, 1_000_000),
        settings.bytes("coordinator.log.pending.bytes", 64L << 20, 8L << 20, 1L << 30),
        settings.duration(
            "coordinator.log.append.timeout",
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofMinutes(10)),
        settings.duration(
            "coordinator.election.timeout",
            Duration.ofSeconds(1),
            Duration.ofMillis(100),
            Duration.ofMinutes(1)),
        settings.flag("coordinator.log.repair", false),
        settings.flag("coordinator.accept-loss", false),
        settings.bytes("coordinator.log.reserve", 128L << 20, 0, 1L << 40),
        bindHost(settings, group, self));
  }

  private static String bindHost(Settings settings, RatisGroup group, String self) {
    String own = group.member(self).map(RatisMember::host).orElse("127.0.0.1");
    String host = settings.text("coordinator.bind.host", own);
    ListenHost.check(
        "coordinator '" + self + "'",
        host.equals(own) ? "coordinator.members" : "coordinator.bind.host",
        host,
        settings.flag("coordinator.insecure", false),
        "coordinator.insecure");
    return host;
  }

  RatisMember member() {
    return group.member(self).orElseThrow();
  }

  /** The ids of the other members. */
  Set<String> others() {
    return group.members().stream()
        .map(RatisMember::id)
        .filter(id -> !id.equals(self))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether the group has no other member. */
  public boolean alone() {
    return group.members().size() == 1;
  }
}
