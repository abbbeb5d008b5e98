package io.thalweg.server.kv;

import io.thalweg.runtime.config.Settings;
import io.thalweg.server.kv.scan.RowReadConfig;
import java.time.Duration;

/**
 * Limits of the primary-key part of a server.
 *
 * @param underWayMax {@code server.kv.under-way.max}: bytes of keys and rows of one bucket that may
 *     be on their way into the log, default 64 MiB
 * @param snapshotInterval {@code server.kv.snapshot.interval}: how old a bucket's last snapshot may
 *     grow while its log grows, 1 s to 1 d, default 10 min
 * @param restoreLag {@code server.kv.restore.lag}: the local rows are used if they lack fewer
 *     records of the last snapshot than this, since replaying these is quicker than downloading it;
 *     default 1,000,000
 * @param rowCache {@code server.kv.row-cache}: bytes of rows that all buckets together keep in
 *     memory, default three eighths of the JVM's heap; all rows loops share them
 * @param rowsLoops {@code server.kv.rows-loops}: loops that own the rows of buckets, 1 to 64, one
 *     for each processor by default
 * @param expireInterval {@code server.kv.expire.interval}: how often an owner looks for rows older
 *     than their table's {@code table.row.ttl}, 100 ms to 1 d, default 1 min
 * @param reads limits of reading rows
 */
public record KvConfig(
    long underWayMax,
    Duration snapshotInterval,
    long restoreLag,
    long rowCache,
    int rowsLoops,
    Duration expireInterval,
    RowReadConfig reads) {
  private static final int MOST_LOOPS = 64;
  private static final long LEAST_ROW_CACHE = 1L << 20;

  /** Reads the settings. */
  public static KvConfig from(Settings settings) {
    return new KvConfig(
        settings.bytes("server.kv.under-way.max", 64L << 20, 1L << 20, 4L << 30),
        settings.duration(
            "server.kv.snapshot.interval",
            Duration.ofMinutes(10),
            Duration.ofSeconds(1),
            Duration.ofDays(1)),
        settings.number("server.kv.restore.lag", 1_000_000, 1, Long.MAX_VALUE),
        settings.bytes("server.kv.row-cache", shareOfHeap(), LEAST_ROW_CACHE, 1L << 40),
        settings.integer(
            "server.kv.rows-loops",
            Math.min(MOST_LOOPS, Runtime.getRuntime().availableProcessors()),
            1,
            MOST_LOOPS),
        settings.duration(
            "server.kv.expire.interval",
            Duration.ofMinutes(1),
            Duration.ofMillis(100),
            Duration.ofDays(1)),
        RowReadConfig.from(settings));
  }

  /** As much as leaves the heap room for garbage and for everything else. */
  private static long shareOfHeap() {
    return Math.max(LEAST_ROW_CACHE, Runtime.getRuntime().maxMemory() / 8 * 3);
  }
}
