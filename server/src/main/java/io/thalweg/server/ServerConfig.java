package io.thalweg.server;

import io.thalweg.runtime.config.Settings;
import io.thalweg.server.aggregate.AggregateConfig;
import io.thalweg.server.compact.CompactConfig;
import io.thalweg.server.kv.KvConfig;
import io.thalweg.server.security.SecurityConfig;
import io.thalweg.server.write.WriteConfig;
import java.time.Duration;

/**
 * Settings of a server.
 *
 * @param heartbeat how often the server says that it lives
 * @param tailCache bytes of the newest batches kept for readers
 * @param blockCache bytes of batches read back from the object store kept for readers
 * @param readMemory {@code read.memory}: bytes that readers hold, and what is read back for them;
 *     past it they wait
 * @param aggregate limits of aggregates
 * @param pinMax how long a scan may hold on to records that would end
 * @param security who may do what
 */
public record ServerConfig(
    WriteConfig write,
    CompactConfig compact,
    KvConfig kv,
    Duration heartbeat,
    long tailCache,
    long blockCache,
    long readMemory,
    AggregateConfig aggregate,
    Duration pinMax,
    SecurityConfig security) {

  /**
   * Reads the settings whose names begin with {@code server.}, {@code write.}, {@code read.},
   * {@code cache.} and {@code security.}.
   */
  public static ServerConfig from(Settings settings) {
    return new ServerConfig(
        WriteConfig.from(settings),
        CompactConfig.from(settings),
        KvConfig.from(settings),
        settings.duration(
            "server.heartbeat", Duration.ofSeconds(2), Duration.ofMillis(50), Duration.ofHours(1)),
        settings.bytes("cache.tail", 256L << 20, 1 << 20, 1L << 42),
        settings.bytes("cache.block", 128L << 20, 1 << 20, 1L << 42),
        settings.bytes("read.memory", 256L << 20, 8L << 20, 1L << 40),
        AggregateConfig.from(settings),
        settings.duration(
            "server.pin.max", Duration.ofHours(1), Duration.ofSeconds(1), Duration.ofDays(7)),
        SecurityConfig.from(settings));
  }

  /** The same with other settings of who may do what. */
  public ServerConfig with(SecurityConfig other) {
    return new ServerConfig(
        write, compact, kv, heartbeat, tailCache, blockCache, readMemory, aggregate, pinMax, other);
  }
}
