package io.thalweg.coordinator.api;

import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Settings of a coordinator.
 *
 * @param sessionTimeout an incarnation that gives no sign of life for so long is closed
 * @param feedBytes bytes of applied commands kept for servers that follow; one that fell behind
 *     further gets the whole state
 */
public record CoordinatorConfig(Duration sessionTimeout, long feedBytes) {

  /**
   * Reads {@code coordinator.session.timeout} (10 s) and {@code coordinator.feed.bytes} (32 MiB).
   */
  public static CoordinatorConfig from(Settings settings) {
    return new CoordinatorConfig(
        settings.duration(
            "coordinator.session.timeout",
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            Duration.ofMinutes(10)),
        settings.bytes("coordinator.feed.bytes", 32L << 20, 64L << 10, 4L << 30));
  }
}
