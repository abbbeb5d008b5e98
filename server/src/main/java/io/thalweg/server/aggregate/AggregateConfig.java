package io.thalweg.server.aggregate;

import io.thalweg.runtime.config.Settings;

/**
 * Limits of aggregates.
 *
 * @param groups {@code server.aggregate.groups}: most groups of a bucket for a reader who names no
 *     number, default 10,000
 * @param groupsMax {@code server.aggregate.groups.max}: most that a reader may name, default
 *     1,000,000
 * @param bytes {@code server.aggregate.bytes}: most memory for the groups of one bucket, default 32
 *     MiB
 * @param memory {@code server.aggregate.memory}: memory for the groups of all aggregates together,
 *     default 128 MiB
 */
public record AggregateConfig(int groups, int groupsMax, long bytes, long memory) {
  /** What a server has if nothing is set. */
  public static final AggregateConfig DEFAULT =
      new AggregateConfig(10_000, 1_000_000, 32L << 20, 128L << 20);

  private static final long LEAST_BYTES = 64L << 10;

  /** Reads the settings. */
  public static AggregateConfig from(Settings settings) {
    return new AggregateConfig(
        settings.integer("server.aggregate.groups", DEFAULT.groups, 1, 100_000_000),
        settings.integer("server.aggregate.groups.max", DEFAULT.groupsMax, 1, 100_000_000),
        settings.bytes("server.aggregate.bytes", DEFAULT.bytes, LEAST_BYTES, 1L << 36),
        settings.bytes("server.aggregate.memory", DEFAULT.memory, LEAST_BYTES, 1L << 36));
  }
}
