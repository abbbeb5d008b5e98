package io.thalweg.server.kv;

import io.thalweg.runtime.config.Settings;

/**
 * Limits of the primary-key part of a server.
 *
 * @param underWayMax {@code server.kv.under-way.max}: bytes of keys and rows of one bucket that may
 *     be on their way into the log, default 64 MiB
 */
public record KvConfig(long underWayMax) {
  /** Reads the settings. */
  public static KvConfig from(Settings settings) {
    return new KvConfig(settings.bytes("server.kv.under-way.max", 64L << 20, 1L << 20, 4L << 30));
  }
}
