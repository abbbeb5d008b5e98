package io.thalweg.server.kv;

import io.thalweg.runtime.config.Settings;

/**
 * Limits of reading rows of primary-key tables.
 *
 * @param prefixRows {@code server.kv.prefix.rows}: most rows of one answer to a lookup by the first
 *     columns of the key, default 100,000
 * @param prefixBytes {@code server.kv.prefix.bytes}: most bytes of their keys and rows, 64 KiB to
 *     64 MiB, default 8 MiB
 */
public record RowReadConfig(int prefixRows, int prefixBytes) {

  /** Reads the settings. */
  public static RowReadConfig from(Settings settings) {
    return new RowReadConfig(
        settings.integer("server.kv.prefix.rows", 100_000, 1, 10_000_000),
        (int) settings.bytes("server.kv.prefix.bytes", 8L << 20, 64L << 10, 64L << 20));
  }
}
