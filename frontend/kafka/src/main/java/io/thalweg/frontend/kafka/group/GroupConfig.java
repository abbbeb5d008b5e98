package io.thalweg.frontend.kafka.group;

import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;

/**
 * Configuration of the groups; the defaults are Kafka's.
 *
 * @param initialDelay {@code kafka.group.initial-delay}: how long an empty group of the classic
 *     protocol waits for more members before its first assignment, default 3 s
 * @param leastSession {@code kafka.group.session.min}: least session timeout that a member of the
 *     classic protocol may ask for, default 6 s
 * @param mostSession {@code kafka.group.session.max}: the most, default 30 min
 * @param heartbeat {@code kafka.group.heartbeat.interval}: in which members of the newer protocol
 *     report, default 5 s
 * @param assignment {@code kafka.group.assignment.interval}: least time between two assignments of
 *     a group of the newer protocol, default 1 s
 * @param maxMembers {@code kafka.group.members.max}: of one group, default without a limit
 */
public record GroupConfig(
    Duration initialDelay,
    Duration leastSession,
    Duration mostSession,
    Duration heartbeat,
    Duration assignment,
    int maxMembers) {
  /** Reads the settings named above. */
  public static GroupConfig from(Settings settings) {
    Duration least =
        settings.duration(
            "kafka.group.session.min",
            Duration.ofSeconds(6),
            Duration.ofMillis(1),
            Duration.ofHours(1));
    Duration most =
        settings.duration(
            "kafka.group.session.max",
            Duration.ofMinutes(30),
            Duration.ofMillis(1),
            Duration.ofDays(1));
    if (least.compareTo(most) > 0) {
      throw new ConfigException(
          "kafka.group.session.min is "
              + least.toMillis()
              + " ms and kafka.group.session.max "
              + most.toMillis()
              + " ms; no timeout is between them");
    }
    return new GroupConfig(
        settings.duration(
            "kafka.group.initial-delay",
            Duration.ofSeconds(3),
            Duration.ZERO,
            Duration.ofMinutes(10)),
        least,
        most,
        settings.duration(
            "kafka.group.heartbeat.interval",
            Duration.ofSeconds(5),
            Duration.ofMillis(100),
            Duration.ofSeconds(15)),
        settings.duration(
            "kafka.group.assignment.interval",
            Duration.ofSeconds(1),
            Duration.ZERO,
            Duration.ofSeconds(15)),
        settings.integer("kafka.group.members.max", Integer.MAX_VALUE, 1, Integer.MAX_VALUE));
  }

  GroupCoordinatorConfig coordinator() {
    int heartbeatMillis = (int) heartbeat.toMillis();
    return GroupCoordinatorConfig.fromProps(
        Map.of(
            GroupCoordinatorConfig.GROUP_COORDINATOR_NUM_THREADS_CONFIG,
            1,
            GroupCoordinatorConfig.GROUP_INITIAL_REBALANCE_DELAY_MS_CONFIG,
            (int) initialDelay.toMillis(),
            GroupCoordinatorConfig.GROUP_MIN_SESSION_TIMEOUT_MS_CONFIG,
            (int) leastSession.toMillis(),
            GroupCoordinatorConfig.GROUP_MAX_SESSION_TIMEOUT_MS_CONFIG,
            (int) mostSession.toMillis(),
            GroupCoordinatorConfig.GROUP_MAX_SIZE_CONFIG,
            maxMembers,
            GroupCoordinatorConfig.CONSUMER_GROUP_MAX_SIZE_CONFIG,
            maxMembers,
            GroupCoordinatorConfig.CONSUMER_GROUP_HEARTBEAT_INTERVAL_MS_CONFIG,
            heartbeatMillis,
            GroupCoordinatorConfig.CONSUMER_GROUP_MIN_HEARTBEAT_INTERVAL_MS_CONFIG,
            Math.min(
                heartbeatMillis,
                GroupCoordinatorConfig.CONSUMER_GROUP_MIN_HEARTBEAT_INTERVAL_MS_DEFAULT),
            GroupCoordinatorConfig.CONSUMER_GROUP_ASSIGNMENT_INTERVAL_MS_CONFIG,
            (int) assignment.toMillis()));
  }
}
