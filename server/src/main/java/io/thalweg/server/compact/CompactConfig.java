package io.thalweg.server.compact;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Settings for rewriting, expiring and deleting records.
 *
 * @param objectMax bytes of one object
 * @param inlineFlushBytes inline bytes at which they move into an object
 * @param inlineFlushInterval how often they move even if they are fewer
 * @param checkInterval how often a server looks for records to compact, to expire and to delete
 * @param deleteDelay how long garbage stays for readers that have just looked it up
 * @param sweepInterval how often a server looks for objects that were put and never committed
 * @param parallel segments that are built at one time
 * @param memory bytes that these builds reserve; a build past it waits, unless it is the only one
 */
public record CompactConfig(
    int objectMax,
    long inlineFlushBytes,
    Duration inlineFlushInterval,
    Duration checkInterval,
    Duration deleteDelay,
    Duration sweepInterval,
    int parallel,
    long memory) {

  private static final int MAX_PARALLEL = 64;

  /**
   * Reads {@code write.object.max} and the settings that begin with {@code write.inline.flush.} and
   * {@code compact.}.
   */
  public static CompactConfig from(Settings settings) {
    return new CompactConfig(
        (int) settings.bytes("write.object.max", 8L << 20, 64 << 10, BatchHeader.MAX_LENGTH),
        settings.bytes("write.inline.flush.bytes", 8L << 20, 64 << 10, 64 << 20),
        settings.duration(
            "write.inline.flush.interval",
            Duration.ofSeconds(10),
            Duration.ofMillis(50),
            Duration.ofHours(1)),
        settings.duration(
            "compact.check.interval",
            Duration.ofSeconds(1),
            Duration.ofMillis(10),
            Duration.ofHours(1)),
        settings.duration(
            "compact.delete.delay", Duration.ofMinutes(1), Duration.ZERO, Duration.ofDays(7)),
        settings.duration(
            "compact.sweep.interval",
            Duration.ofMinutes(10),
            Duration.ofMillis(100),
            Duration.ofDays(7)),
        settings.integer(
            "compact.parallel",
            Math.min(Runtime.getRuntime().availableProcessors(), MAX_PARALLEL),
            1,
            MAX_PARALLEL),
        settings.bytes("compact.memory", 256L << 20, 16L << 20, 1L << 40));
  }
}
