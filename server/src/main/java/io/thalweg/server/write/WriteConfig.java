package io.thalweg.server.write;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Settings of the write path.
 *
 * @param memory bytes of batches that may be under way; past it appends wait
 * @param batchMax largest batch, in durable form
 * @param inlineMax a batch up to so many bytes may ride inside a log entry (tables in mode auto)
 * @param inlineGroupMax bytes of a group inside a log entry
 * @param inlineInFlight groups of the inline lane under way; while so many are, batches gather
 * @param objectMax bytes at which a group for the object store is put at once
 * @param objectLinger how long a smaller group for the object store waits for more
 * @param objectInFlight groups of the object lane under way
 * @param proposeTimeout how long a proposal may stay unanswered before it is made again
 * @param timeout after so long an append that is not decided ends as unknown
 */
public record WriteConfig(
    long memory,
    int batchMax,
    int inlineMax,
    int inlineGroupMax,
    int inlineInFlight,
    int objectMax,
    Duration objectLinger,
    int objectInFlight,
    Duration proposeTimeout,
    Duration timeout) {

  /** Reads the settings whose names begin with {@code write.}. */
  public static WriteConfig from(Settings settings) {
    Duration hour = Duration.ofHours(1);
    Duration least = Duration.ofMillis(50);
    return new WriteConfig(
        settings.bytes("write.memory", 256L << 20, 16L << 20, 1L << 40),
        (int) settings.bytes("write.batch.max", 16L << 20, 4 << 10, BatchHeader.MAX_LENGTH),
        (int) settings.bytes("write.inline.max", 64L << 10, 0, 1 << 20),
        (int) settings.bytes("write.inline.group.max", 1L << 20, 4 << 10, 2 << 20),
        settings.integer("write.inline.inflight", 2, 1, 64),
        (int) settings.bytes("write.object.max", 8L << 20, 64 << 10, BatchHeader.MAX_LENGTH),
        settings.duration("write.object.linger", Duration.ofMillis(25), Duration.ZERO, hour),
        settings.integer("write.object.inflight", 4, 1, 64),
        settings.duration("write.propose.timeout", Duration.ofSeconds(5), least, hour),
        settings.duration("write.timeout", Duration.ofSeconds(60), least, hour));
  }
}
