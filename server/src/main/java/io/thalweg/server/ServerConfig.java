package io.thalweg.server;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Settings of a server.
 *
 * @param writeMemory bytes of batches that may be under way; past it appends wait
 * @param batchMax largest batch, in durable form
 * @param inlineMax a batch up to so many bytes may ride inside a log entry (tables in mode auto)
 * @param inlineGroupMax bytes of a group inside a log entry
 * @param inlineInFlight groups of the inline lane under way; while so many are, batches gather
 * @param objectMax bytes at which a group for the object store is put at once
 * @param objectLinger how long a smaller group for the object store waits for more
 * @param objectInFlight groups of the object lane under way
 * @param heartbeat how often the server says that it lives
 * @param proposeTimeout how long a proposal may stay unanswered before it is made again
 * @param writeTimeout after so long an append that is not decided ends as unknown
 * @param tailCache bytes of the newest batches kept for readers
 * @param blockCache bytes of batches read back from the object store kept for readers
 * @param inlineFlushBytes inline bytes of this server's buckets at which they move into an object
 * @param inlineFlushInterval how often they move in any case
 */
public record ServerConfig(
    long writeMemory,
    int batchMax,
    int inlineMax,
    int inlineGroupMax,
    int inlineInFlight,
    int objectMax,
    Duration objectLinger,
    int objectInFlight,
    Duration heartbeat,
    Duration proposeTimeout,
    Duration writeTimeout,
    long tailCache,
    long blockCache,
    long inlineFlushBytes,
    Duration inlineFlushInterval) {

  /**
   * Reads the settings whose names begin with {@code server.}, {@code write.} and {@code cache.}.
   */
  public static ServerConfig from(Settings settings) {
    Duration hour = Duration.ofHours(1);
    Duration ms = Duration.ofMillis(1);
    return new ServerConfig(
        settings.bytes("write.memory", 256L << 20, 16L << 20, 1L << 40),
        (int) settings.bytes("write.batch.max", 16L << 20, 4 << 10, BatchHeader.MAX_LENGTH),
        (int) settings.bytes("write.inline.max", 64L << 10, 0, 1 << 20),
        (int) settings.bytes("write.inline.group.max", 1L << 20, 4 << 10, 2 << 20),
        settings.integer("write.inline.inflight", 2, 1, 64),
        (int) settings.bytes("write.object.max", 8L << 20, 64 << 10, BatchHeader.MAX_LENGTH),
        settings.duration("write.object.linger", Duration.ofMillis(25), Duration.ZERO, hour),
        settings.integer("write.object.inflight", 4, 1, 64),
        settings.duration("server.heartbeat", Duration.ofSeconds(2), ms.multipliedBy(50), hour),
        settings.duration(
            "write.propose.timeout", Duration.ofSeconds(5), ms.multipliedBy(50), hour),
        settings.duration("write.timeout", Duration.ofSeconds(60), ms.multipliedBy(50), hour),
        settings.bytes("cache.tail", 256L << 20, 1 << 20, 1L << 42),
        settings.bytes("cache.block", 128L << 20, 1 << 20, 1L << 42),
        settings.bytes("write.inline.flush.bytes", 8L << 20, 64 << 10, 64 << 20),
        settings.duration(
            "write.inline.flush.interval", Duration.ofSeconds(10), ms.multipliedBy(50), hour));
  }
}
