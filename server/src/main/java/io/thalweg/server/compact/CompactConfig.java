package io.thalweg.server.compact;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Settings of moving the homes of records.
 *
 * @param objectMax bytes of one object
 * @param inlineFlushBytes inline bytes at which they move into an object
 * @param inlineFlushInterval how often they move in any case
 */
public record CompactConfig(int objectMax, long inlineFlushBytes, Duration inlineFlushInterval) {

  /**
   * Reads {@code write.object.max} and the settings that begin with {@code write.inline.flush.}.
   */
  public static CompactConfig from(Settings settings) {
    return new CompactConfig(
        (int) settings.bytes("write.object.max", 8L << 20, 64 << 10, BatchHeader.MAX_LENGTH),
        settings.bytes("write.inline.flush.bytes", 8L << 20, 64 << 10, 64 << 20),
        settings.duration(
            "write.inline.flush.interval",
            Duration.ofSeconds(10),
            Duration.ofMillis(50),
            Duration.ofHours(1)));
  }
}
