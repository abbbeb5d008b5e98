package io.thalweg.server.write;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Settings of the write path.
 *
 * @param memory bytes of batches that may be under way; beyond it appends wait
 * @param batchMax largest batch, in durable form
 * @param inlineMax a batch of at most this many bytes may go inside a log entry (tables in mode
 *     auto)
 * @param inlineGroupMax bytes of a group inside a log entry
 * @param inlineInFlight groups of the inline lane under way; meanwhile further batches gather
 * @param objectMax at this many bytes the lane puts a group for the object store at once
 * @param objectLinger how long a smaller group for the object store waits for more
 * @param objectInFlight groups of the object lane under way
 * @param proposeTimeout how long a proposal may stay unanswered before the lane repeats it
 * @param timeout an append that is undecided by then ends as unknown
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
