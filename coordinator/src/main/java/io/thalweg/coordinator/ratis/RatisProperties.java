package io.thalweg.coordinator.ratis;

import io.thalweg.coordinator.ratis.vote.VoteCalls;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** Translates our settings into Ratis' own. Stateless. */
public final class RatisProperties {
  /** How long Ratis recognises a client's retry; our clients give up sooner. */
  private static final TimeDuration RETRY_MEMORY = TimeDuration.valueOf(30, TimeUnit.SECONDS);

  /**
   * How much of a log file is filled with zeros ahead of writing, so that a sync seldom has to
   * write the file's length and place too. Linux keeps what one call wrote as one piece of memory
   * (since 6.16 also on ext4) and writes the whole piece when a part of it is synced: where a
   * megabyte was filled ahead by pieces of 64 KB, each synced write of 1.5 KB wrote 68 KB.
   */
  private static final long ALLOCATED_AHEAD = 16 << 10;

  private static final TimeDuration FIRST_PATIENCE = TimeDuration.valueOf(60, TimeUnit.SECONDS);

  private RatisProperties() {}

  /** Lets calls of other members pass through {@code calls} on their way to Ratis. */
  static Parameters parameters(VoteCalls calls) {
    Parameters parameters = new Parameters();
    GrpcConfigKeys.Server.setServicesCustomizer(
        parameters, (builder, types) -> builder.intercept(calls));
    return parameters;
  }

  /**
   * Ratis' properties.
   *
   * @param incomplete whether this member must not stand for election for now
   */
  static RaftProperties of(RatisConfig config, boolean incomplete) {
    RaftProperties properties = new RaftProperties();
    GrpcConfigKeys.Server.setHost(properties, config.bindHost());
    GrpcConfigKeys.Server.setPort(properties, config.member().port());
    GrpcConfigKeys.setMessageSizeMax(properties, SizeInBytes.valueOf("64MB"));
    log(properties, config);
    snapshots(properties, config);
    elections(properties, config);
    if (incomplete) {
      // Elections are paused once Ratis runs; until then none may begin.
      RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, FIRST_PATIENCE);
      RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, FIRST_PATIENCE.multiply(2));
    }
    RaftServerConfigKeys.Read.setOption(properties, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
    RaftServerConfigKeys.Read.setTimeout(properties, time(config.appendTimeout()));
    RaftServerConfigKeys.RetryCache.setExpiryTime(properties, RETRY_MEMORY);
    RaftServerConfigKeys.Write.setElementLimit(properties, config.pendingEntries());
    RaftServerConfigKeys.Write.setByteLimit(properties, size(config.pendingBytes()));
    // Ratis must not close the only coordinator of a laptop that slept for a night.
    RaftServerConfigKeys.setCloseThreshold(properties, TimeDuration.valueOf(7, TimeUnit.DAYS));
    return properties;
  }

  private static void log(RaftProperties properties, RatisConfig config) {
    File directory = config.directory().toFile();
    RaftServerConfigKeys.setStorageDir(properties, List.of(directory));
    RaftServerConfigKeys.setRemovedGroupsDir(properties, new File(directory, "removed"));
    RaftServerConfigKeys.Log.setSegmentSizeMax(properties, size(config.segmentBytes()));
    // Less than the reserve gives back on a full disk, even on a small one.
    RaftServerConfigKeys.Log.setPreallocatedSize(properties, size(ALLOCATED_AHEAD));
    RaftServerConfigKeys.Log.setWriteBufferSize(properties, size(config.writeBufferBytes()));
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(
        properties, size(RatisConfig.MAX_RAFT_ENTRY));
    // These three decide whether an acknowledged entry is durable: see the package text.
    RaftServerConfigKeys.Log.setUnsafeFlushEnabled(properties, false);
    RaftServerConfigKeys.Log.setAsyncFlushEnabled(properties, false);
    RaftServerConfigKeys.Log.setUseMemory(properties, false);
    // Otherwise each commit would write, and sync, a second entry that only says so.
    RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
    RaftServerConfigKeys.Log.setQueueElementLimit(properties, config.pendingEntries());
    RaftServerConfigKeys.Log.setQueueByteLimit(properties, size(config.pendingBytes()));
  }

  private static void snapshots(RaftProperties properties, RatisConfig config) {
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, config.snapshotEntries());
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, false);
    RaftServerConfigKeys.Snapshot.setTriggerWhenRemoveEnabled(properties, false);
    RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, config.snapshotsKept());
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
  }

  private static void elections(RaftProperties properties, RatisConfig config) {
    Duration least = config.alone() ? Duration.ofMillis(100) : config.electionTimeout();
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, time(least));
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, time(least.multipliedBy(2)));
    if (config.alone()) {
      RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, time(Duration.ofMillis(1)));
      RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, time(Duration.ofMillis(10)));
    }
  }

  static SizeInBytes size(long bytes) {
    return SizeInBytes.valueOf(bytes);
  }

  /** {@code duration} in the form that Ratis takes. */
  public static TimeDuration time(Duration duration) {
    return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
  }
}
