package io.thalweg.server.kv.store.lazy;

import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Says when buckets of primary-key tables have local files, and when these are open.
 *
 * @param idle {@code server.kv.idle}: the files of a bucket that was not used for this long are
 *     closed, 1 s to 1 d, default 60 s
 * @param youngBucket {@code server.kv.young.bucket}: bytes that a new bucket writes before it gets
 *     local files, at most 16 MiB, default 128 KiB
 * @param youngTotal {@code server.kv.young.total}: bytes that all buckets without local files have
 *     written together, default 64 MiB
 * @param mostOpen {@code server.kv.open}: if the files of more buckets than this are open, those
 *     that were used least recently are closed before they are idle, default 1,000
 */
public record LazyConfig(Duration idle, long youngBucket, long youngTotal, int mostOpen) {

  /** Reads the settings. */
  public static LazyConfig from(Settings settings) {
    return new LazyConfig(
        settings.duration(
            "server.kv.idle", Duration.ofSeconds(60), Duration.ofSeconds(1), Duration.ofDays(1)),
        settings.bytes("server.kv.young.bucket", 128L << 10, 0, 16L << 20),
        settings.bytes("server.kv.young.total", 64L << 20, 0, 1L << 40),
        settings.integer("server.kv.open", 1_000, 1, 1_000_000));
  }
}
