package io.thalweg.server.kv.scan;

import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Limits of reading rows of primary-key tables.
 *
 * @param prefixRows {@code server.kv.prefix.rows}: most rows of one answer to a lookup by the first
 *     columns of the key, default 100,000
 * @param prefixBytes {@code server.kv.prefix.bytes}: most bytes of their keys and rows, 64 KiB to
 *     64 MiB, default 8 MiB
 * @param scanIdle {@code server.kv.scan.idle}: how long the rows that a scan reads are kept as they
 *     were while nothing is read, 1 s to 1 d, default 60 s
 * @param scanMax {@code server.kv.scan.max}: scans of rows at one time, those that broke off and
 *     may be resumed included, default 100
 */
public record RowReadConfig(int prefixRows, int prefixBytes, Duration scanIdle, int scanMax) {

  /** Reads the settings. */
  public static RowReadConfig from(Settings settings) {
    return new RowReadConfig(
        settings.integer("server.kv.prefix.rows", 100_000, 1, 10_000_000),
        (int) settings.bytes("server.kv.prefix.bytes", 8L << 20, 64L << 10, 64L << 20),
        settings.duration(
            "server.kv.scan.idle",
            Duration.ofSeconds(60),
            Duration.ofSeconds(1),
            Duration.ofDays(1)),
        settings.integer("server.kv.scan.max", 100, 1, 100_000));
  }
}
