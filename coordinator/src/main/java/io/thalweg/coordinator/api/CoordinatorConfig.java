package io.thalweg.coordinator.api;

import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Settings of a coordinator.
 *
 * @param sessionTimeout the coordinator closes an incarnation that gives no sign of life for this
 *     long
 * @param feedBytes bytes of applied commands kept for servers that follow; a server that falls
 *     further behind gets the whole state
 * @param ownerReturnWait how long the buckets of a server that stopped on purpose wait for it to
 *     start again, before other servers get them
 */
public record CoordinatorConfig(Duration sessionTimeout, long feedBytes, Duration ownerReturnWait) {

  /**
   * Reads {@code coordinator.session.timeout} (6 s), {@code coordinator.feed.bytes} (32 MiB) and
   * {@code coordinator.owner.return.wait} (10 s).
   */
  public static CoordinatorConfig from(Settings settings) {
    return new CoordinatorConfig(
        settings.duration(
            "coordinator.session.timeout",
            Duration.ofSeconds(6),
            Duration.ofSeconds(1),
            Duration.ofMinutes(10)),
        settings.bytes("coordinator.feed.bytes", 32L << 20, 64L << 10, 4L << 30),
        settings.duration(
            "coordinator.owner.return.wait",
            Duration.ofSeconds(10),
            Duration.ZERO,
            Duration.ofMinutes(10)));
  }
}
