package io.thalweg.server.kv;

import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Limits of the primary-key part of a server.
 *
 * @param underWayMax {@code server.kv.under-way.max}: bytes of keys and rows of one bucket that may
 *     be on their way into the log, default 64 MiB
 * @param snapshotInterval {@code server.kv.snapshot.interval}: how old a bucket's last snapshot may
 *     grow while its log goes on, 1 s to 1 d, default 10 min
 */
public record KvConfig(long underWayMax, Duration snapshotInterval) {
  /** Reads the settings. */
  public static KvConfig from(Settings settings) {
    return new KvConfig(
        settings.bytes("server.kv.under-way.max", 64L << 20, 1L << 20, 4L << 30),
        settings.duration(
            "server.kv.snapshot.interval",
            Duration.ofMinutes(10),
            Duration.ofSeconds(1),
            Duration.ofDays(1)));
  }
}
