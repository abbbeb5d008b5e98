package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.runtime.config.Settings;

/**
 * Settings of the local state of primary-key tables, shared by all buckets of a server.
 *
 * @param blockCache bytes of blocks read from local files that are kept
 * @param writeBuffer bytes of rows not yet in files; unused bytes of it serve as block cache
 * @param backgroundThreads threads that flush and compact
 */
public record KvStoreConfig(long blockCache, long writeBuffer, int backgroundThreads) {

  /** Reads the settings whose names begin with {@code server.kv.}. */
  public static KvStoreConfig from(Settings settings) {
    return new KvStoreConfig(
        settings.bytes("server.kv.block-cache", 256L << 20, 1 << 20, 1L << 42),
        settings.bytes("server.kv.write-buffer", 128L << 20, 4 << 20, 1L << 40),
        settings.integer("server.kv.background-threads", 2, 1, 64));
  }
}
