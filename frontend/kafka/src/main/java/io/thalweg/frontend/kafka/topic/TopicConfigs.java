package io.thalweg.frontend.kafka.topic;

import io.thalweg.format.alter.TableChange;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.LogCleanup;
import io.thalweg.format.table.TableOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.storage.internals.log.LogConfig;

/**
 * A topic's configs, as properties of its table. Those that the table knows itself become its own
 * ({@code retention.ms} is {@code table.log.ttl}); the others are kept as {@code kafka.} and their
 * name. Values of configs that Kafka knows are such as Kafka takes; names that it does not know are
 * kept too. Immutable.
 */
public final class TopicConfigs {
  private static final String PREFIX = "kafka.";
  private static final String RETENTION = "retention.ms";
  private static final String TTL = "table.log.ttl";
  private static final String POLICY = "cleanup.policy";
  private static final String DIRTY_RATIO = "min.cleanable.dirty.ratio";
  private static final String DELETE_RETENTION = "delete.retention.ms";
  private static final String MAX_MESSAGE = "max.message.bytes";
  private static final int DEFAULT_MAX_MESSAGE = 1_048_588;
  private static final String TIME_TYPE = "message.timestamp.type";
  private static final String BROKER_TIME = "LogAppendTime";
  private static final String TIME_BEFORE = "message.timestamp.before.max.ms";
  private static final String TIME_AFTER = "message.timestamp.after.max.ms";
  private static final long DEFAULT_TIME_AFTER = 3_600_000;
  private static final long LEAST_TTL_MILLIS = 1_000;

  /** The defaults of the configs that have an effect here or that tools look for. */
  private static final Map<String, String> DEFAULTS = new LinkedHashMap<>();

  static {
    DEFAULTS.put(POLICY, "delete");
    DEFAULTS.put("compression.type", "producer");
    DEFAULTS.put(MAX_MESSAGE, Integer.toString(DEFAULT_MAX_MESSAGE));
    DEFAULTS.put(TIME_TYPE, "CreateTime");
    DEFAULTS.put(TIME_BEFORE, Long.toString(Long.MAX_VALUE));
    DEFAULTS.put(TIME_AFTER, Long.toString(DEFAULT_TIME_AFTER));
    DEFAULTS.put(DELETE_RETENTION, "86400000");
    DEFAULTS.put(DIRTY_RATIO, "0.5");
    DEFAULTS.put("min.insync.replicas", "1");
    DEFAULTS.put("retention.bytes", "-1");
    DEFAULTS.put(RETENTION, "604800000");
  }

  private final Map<String, String> properties;

  private TopicConfigs(Map<String, String> properties) {
    this.properties = properties;
  }

  /** The configs of the topic that the table is. */
  public static TopicConfigs of(TableInfo table) {
    return new TopicConfigs(table.descriptor().properties());
  }

  /**
   * The table's properties for these configs.
   *
   * @throws InvalidConfigurationException for a value that cannot be used, or that is not offered
   */
  public static Map<String, String> properties(Map<String, String> configs) {
    Map<String, String> properties = new LinkedHashMap<>();
    configs.forEach(
        (name, value) -> {
          if (value == null) {
            throw new InvalidConfigurationException("config " + name + " has no value");
          }
          properties.put(property(name), valueOf(name, value));
        });
    return properties;
  }

  /**
   * The changes of a table that give its topic these configs.
   *
   * @param configs by name, the value; empty for that of a topic without it
   * @throws InvalidConfigurationException as {@link #properties}
   */
  public static List<TableChange> changes(Map<String, Optional<String>> configs) {
    List<TableChange> changes = new ArrayList<>();
    configs.forEach(
        (name, value) ->
            changes.add(
                value.isPresent()
                    ? new TableChange.SetOption(property(name), valueOf(name, value.get()))
                    : new TableChange.ResetOption(property(name))));
    return changes;
  }

  private static String property(String config) {
    return switch (config) {
      case RETENTION -> TTL;
      case POLICY -> LogCleanup.PROPERTY;
      case DIRTY_RATIO -> LogCleanup.MIN_DIRTY;
      case DELETE_RETENTION -> LogCleanup.DELETE_RETENTION;
      default -> PREFIX + config;
    };
  }

  private static String valueOf(String config, String value) {
    check(config, value);
    return switch (config) {
      case RETENTION -> ttl(number(config, value, -1));
      case POLICY -> value.replaceAll("\\s", "");
      case DIRTY_RATIO ->
          Long.toString(Math.max(1, Math.round(100 * Double.parseDouble(value.trim()))));
      case DELETE_RETENTION ->
          duration(Math.min(number(config, value, 0), TableOptions.LONGEST.toMillis()));
      default -> value;
    };
  }

  /** Whether a config's value is a list. */
  public static boolean isList(String name) {
    return LogConfig.configType(name).filter(type -> type == ConfigDef.Type.LIST).isPresent();
  }

  /** Refuses what Kafka refuses, and what is not offered here. */
  private static void check(String name, String value) {
    ConfigDef.ConfigKey known = LogConfig.configKeys().get(name);
    if (known != null) {
      try {
        Object parsed = ConfigDef.parseType(name, value, known.type);
        if (known.validator != null) {
          known.validator.ensureValid(name, parsed);
        }
      } catch (ConfigException bad) {
        throw new InvalidConfigurationException(bad.getMessage());
      }
    }
    if (name.equals(POLICY) && value.isBlank()) {
      throw new InvalidConfigurationException(
          "config " + name + " has no value; give delete, compact, or both with a comma between");
    }
  }

  private static long number(String name, String value, long least) {
    try {
      long number = Long.parseLong(value.trim());
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException none) {
      // Said below.
    }
    throw new InvalidConfigurationException(
        "config " + name + " = '" + value + "' cannot be used; give a number from " + least);
  }

  /** Kafka's users say "for ever" by -1, and by the greatest number that there is. */
  private static String ttl(long millis) {
    return millis < 0 || millis > TableOptions.LONGEST.toMillis()
        ? "never"
        : duration(Math.max(LEAST_TTL_MILLIS, millis));
  }

  private static String duration(long millis) {
    return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
  }

  /** The most bytes of a batch. */
  public long maxMessageBytes() {
    return given(MAX_MESSAGE, DEFAULT_MAX_MESSAGE);
  }

  /** Whether only the newest record of each key stays. */
  public boolean isCompacted() {
    return policy().contains("compact");
  }

  /** Whether old records go, whatever their keys. */
  public boolean isDeleting() {
    return policy().contains("delete");
  }

  private String policy() {
    return properties.getOrDefault(LogCleanup.PROPERTY, "delete");
  }

  /** Whether records get the time at which they come, instead of the producer's. */
  public boolean isBrokerTime() {
    return BROKER_TIME.equals(properties.get(PREFIX + TIME_TYPE));
  }

  /** By how many milliseconds a producer's time may lie before the server's. */
  public long maxMillisBefore() {
    return given(TIME_BEFORE, Long.MAX_VALUE);
  }

  /** By how many milliseconds a producer's time may lie after the server's. */
  public long maxMillisAfter() {
    return given(TIME_AFTER, DEFAULT_TIME_AFTER);
  }

  /** A number; the default where the table has none, or something else. */
  private long given(String name, long byDefault) {
    String value = properties.get(PREFIX + name);
    try {
      return value == null ? byDefault : Long.parseLong(value.trim());
    } catch (NumberFormatException other) {
      return byDefault; // The table was altered past this class.
    }
  }

  /** All configs by name: those that were given, and the defaults of others. */
  public Map<String, String> all() {
    Map<String, String> all = new LinkedHashMap<>(DEFAULTS);
    all.putAll(given());
    return all;
  }

  /** The configs that differ from the defaults because somebody gave them. */
  public Map<String, String> given() {
    Map<String, String> given = new LinkedHashMap<>();
    properties.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX)) {
            given.put(name.substring(PREFIX.length()), value);
          } else if (name.equals(TTL)) {
            given.put(RETENTION, millis(value));
          } else if (name.equals(LogCleanup.PROPERTY)) {
            given.put(POLICY, value);
          } else if (name.equals(LogCleanup.MIN_DIRTY)) {
            given.put(DIRTY_RATIO, Double.toString(Integer.parseInt(value) / 100.0));
          } else if (name.equals(LogCleanup.DELETE_RETENTION)) {
            given.put(DELETE_RETENTION, millis(value));
          }
        });
    return given;
  }

  private static String millis(String ttl) {
    if (ttl.equals("never")) {
      return "-1";
    }
    long amount = Long.parseLong(ttl.replaceAll("\\D", ""));
    long unit =
        switch (ttl.replaceAll("[\\d\\s]", "")) {
          case "ms" -> 1;
          case "s" -> 1_000;
          case "min" -> 60_000;
          case "h" -> 3_600_000;
          default -> 86_400_000;
        };
    return Long.toString(amount * unit);
  }
}
