package io.thalweg.coordinator.ratis.remote;

import io.thalweg.coordinator.ratis.RatisGroup;
import io.thalweg.runtime.config.Settings;
import java.time.Duration;

/**
 * Settings of a server's connection to the coordinators.
 *
 * @param group the coordinators to reach
 * @param timeout a proposal that takes longer ends as unknown, a read as failed
 * @param maxUnderWay most proposals under way; beyond them proposals are rejected
 * @param maxFeedWait longest wait of one request for the feed; a longer wait is shortened to it
 */
public record RatisClientConfig(
    RatisGroup group, Duration timeout, int maxUnderWay, Duration maxFeedWait) {

  /**
   * Reads {@code coordinator.group} (thalweg), {@code coordinator.members} ({@code
   * c1=127.0.0.1:9410}), {@code coordinator.client.timeout} (10 s), {@code
   * coordinator.client.proposals} (1 024) and {@code coordinator.client.feed.wait} (30 s).
   */
  public static RatisClientConfig from(Settings settings) {
    return new RatisClientConfig(
        RatisGroup.parse(
            settings.text("coordinator.group", "thalweg"),
            settings.text("coordinator.members", "c1=127.0.0.1:9410")),
        settings.duration(
            "coordinator.client.timeout",
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            // After that time the coordinators no longer recognise a retry.
            Duration.ofSeconds(20)),
        settings.integer("coordinator.client.proposals", 1_024, 1, 100_000),
        settings.duration(
            "coordinator.client.feed.wait",
            Duration.ofSeconds(30),
            Duration.ofMillis(10),
            Duration.ofMinutes(1)));
  }
}
