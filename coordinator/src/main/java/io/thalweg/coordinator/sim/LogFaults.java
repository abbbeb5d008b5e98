package io.thalweg.coordinator.sim;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * The faults of a simulated log, and how often each happens.
 *
 * @param perTenThousand chance of each fault, each time it could happen; 0 where absent
 * @param latencyNanos a message or a flush takes at most this long
 * @param stallNanos a leaderless period, a late commit or a slow follower lasts at most this long
 * @param snapshotEvery a member takes a snapshot after this many entries; 0 for never
 */
public record LogFaults(
    Map<Fault, Integer> perTenThousand, long latencyNanos, long stallNanos, int snapshotEvery) {

  /** Nothing goes wrong, messages only take their time. */
  public static final LogFaults NONE = new LogFaults(Map.of(), 1_000_000L, 3_000_000_000L, 1_000);

  /** Everything goes wrong now and then. */
  public static final LogFaults NASTY =
      new LogFaults(everything(150), 5_000_000L, 3_000_000_000L, 50);

  /** What can go wrong. */
  public enum Fault {
    /**
     * The leader is lost when an entry arrives. This entry is rejected; entries that are not
     * committed yet are unknown, and each of them survives or not; for a while every entry is
     * rejected.
     */
    LEADER_LOSS,
    /** The appender gets an unknown outcome; the entry is committed later, or never. */
    LATE_COMMIT,
    /** The entry is committed, and the appender gets an unknown outcome. */
    LOST_REPLY,
    /** A member applies an entry that it had applied before. */
    DUPLICATE_DELIVERY,
    /** A member falls behind for a while. */
    SLOW_FOLLOWER,
    /** A member that could apply the next entry restores a snapshot instead. */
    SNAPSHOT_JUMP,
    /** Entries that a crashed member had appended and not yet flushed are gone. */
    LOST_TAIL,
    /** The log takes indexes for entries of its own. */
    INDEX_GAP
  }

  /** Copies the chances, in the enum's order. */
  public LogFaults {
    EnumMap<Fault, Integer> copy = new EnumMap<>(Fault.class);
    copy.putAll(perTenThousand);
    perTenThousand = Collections.unmodifiableMap(copy);
    if (latencyNanos < 1 || stallNanos < 1) {
      throw new IllegalArgumentException("latency and stall take at least a nanosecond");
    }
  }

  /** The same with another chance for one fault. */
  public LogFaults with(Fault fault, int newPerTenThousand) {
    EnumMap<Fault, Integer> changed = new EnumMap<>(Fault.class);
    changed.putAll(perTenThousand);
    changed.put(fault, newPerTenThousand);
    return new LogFaults(changed, latencyNanos, stallNanos, snapshotEvery);
  }

  /** The same with snapshots after this many entries. */
  public LogFaults withSnapshotEvery(int entries) {
    return new LogFaults(perTenThousand, latencyNanos, stallNanos, entries);
  }

  int chance(Fault fault) {
    return perTenThousand.getOrDefault(fault, 0);
  }

  private static Map<Fault, Integer> everything(int chance) {
    EnumMap<Fault, Integer> all = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      all.put(fault, chance);
    }
    all.put(Fault.LOST_TAIL, 5_000);
    all.put(Fault.INDEX_GAP, 1_000);
    return all;
  }
}
