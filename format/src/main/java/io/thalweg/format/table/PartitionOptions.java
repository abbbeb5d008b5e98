package io.thalweg.format.table;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableDescriptor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A partitioned table's properties about partitions, typed. Zone and format are texts here, since
 * what they mean depends on the JVM, and every replica must come to the same state.
 *
 * @param dynamic {@code table.dynamic-partition.enabled}: whether writes make the partitions that
 *     they need, default true
 * @param auto {@code table.auto-partition.enabled}: whether partitions are made ahead of time, and
 *     dropped when they are old; default false
 * @param key {@code table.auto-partition.key}: the partition column that carries the time; by
 *     default the only one
 * @param unit {@code table.auto-partition.time-unit}: hour, day (default), month, quarter, year
 * @param precreate {@code table.auto-partition.num-precreate}: how many partitions are there from
 *     the current one on, 0 to 1,000, default 2
 * @param retention {@code table.auto-partition.num-retention}: how many partitions before the
 *     current one are kept, default 7; empty for -1, which keeps all
 * @param zone {@code table.auto-partition.time-zone}: where the units begin, default UTC
 * @param format {@code table.auto-partition.time-format}: how a text or number tells the time, a
 *     pattern of java.time; empty for the unit's own
 */
public record PartitionOptions(
    boolean dynamic,
    boolean auto,
    String key,
    Unit unit,
    int precreate,
    Optional<Integer> retention,
    String zone,
    Optional<String> format) {
  /** The property of {@link #dynamic}. */
  public static final String DYNAMIC = "table.dynamic-partition.enabled";

  /** The property of {@link #key}. */
  static final String KEY = "table.auto-partition.key";

  private static final String AUTO = "table.auto-partition.enabled";
  private static final String UNIT = "table.auto-partition.time-unit";
  private static final String PRECREATE = "table.auto-partition.num-precreate";
  private static final String RETENTION = "table.auto-partition.num-retention";
  private static final String ZONE = "table.auto-partition.time-zone";
  private static final String FORMAT = "table.auto-partition.time-format";
  private static final List<String> ALL =
      List.of(DYNAMIC, AUTO, KEY, UNIT, PRECREATE, RETENTION, ZONE, FORMAT);
  private static final int MOST_AHEAD = 1_000;
  private static final int MOST_KEPT = 1_000_000;

  /** How long a partition is. */
  public enum Unit {
    HOUR("yyyyMMddHH"),
    DAY("yyyyMMdd"),
    MONTH("yyyyMM"),
    QUARTER("yyyyQ"),
    YEAR("yyyy");

    private final String format;

    Unit(String format) {
      this.format = format;
    }

    /** How texts tell it unless the table says otherwise. */
    public String format() {
      return format;
    }
  }

  /** Whether the property is one of these. */
  static boolean isOurs(String property) {
    return ALL.contains(property);
  }

  /** Whether one of these properties may change while the table lives. */
  static boolean mayChange(String property) {
    return switch (property) {
      case DYNAMIC, AUTO, PRECREATE, RETENTION -> true;
      default -> false;
    };
  }

  /**
   * Reads the properties of a table.
   *
   * @throws ThalwegException INVALID_PROPERTY for what cannot be used
   */
  public static PartitionOptions from(TableDescriptor table) {
    Map<String, String> properties = table.properties();
    List<String> partitionKey = table.partitionKey();
    if (partitionKey.isEmpty()) {
      for (String property : properties.keySet()) {
        if (isOurs(property)) {
          throw bad(property, properties.get(property), "nothing: the table is not partitioned");
        }
      }
    }
    boolean auto = flag(properties, AUTO, false);
    String key = properties.getOrDefault(KEY, partitionKey.size() == 1 ? partitionKey.get(0) : "");
    if (auto && !partitionKey.contains(key)) {
      throw bad(KEY, key, "the partition column that carries the time, one of " + partitionKey);
    }
    int retention = number(properties, RETENTION, 7, -1, MOST_KEPT);
    return new PartitionOptions(
        flag(properties, DYNAMIC, true),
        auto,
        key,
        unit(properties),
        number(properties, PRECREATE, partitionKey.size() == 1 ? 2 : 0, 0, MOST_AHEAD),
        retention < 0 ? Optional.empty() : Optional.of(retention),
        properties.getOrDefault(ZONE, "UTC").strip(),
        Optional.ofNullable(properties.get(FORMAT)));
  }

  private static boolean flag(Map<String, String> properties, String name, boolean orElse) {
    String value = properties.get(name);
    if (value == null) {
      return orElse;
    }
    String lower = value.strip().toLowerCase(Locale.ROOT);
    if (!lower.equals("true") && !lower.equals("false")) {
      throw bad(name, value, "true or false");
    }
    return lower.equals("true");
  }

  private static Unit unit(Map<String, String> properties) {
    String value = properties.getOrDefault(UNIT, Unit.DAY.name()).strip();
    for (Unit unit : Unit.values()) {
      if (unit.name().equalsIgnoreCase(value)) {
        return unit;
      }
    }
    throw bad(UNIT, value, "hour, day, month, quarter or year");
  }

  private static int number(
      Map<String, String> properties, String name, int orElse, int least, int most) {
    String value = properties.get(name);
    if (value == null) {
      return orElse;
    }
    String text = value.strip();
    if (!text.matches("-?\\d{1,9}")
        || Integer.parseInt(text) < least
        || Integer.parseInt(text) > most) {
      throw bad(name, value, "a number from " + least + " to " + most);
    }
    return Integer.parseInt(text);
  }

  /** An error for the zone. */
  public static ThalwegException badZone(String value) {
    return bad(ZONE, value, "a zone such as UTC, Europe/Berlin or +02:00");
  }

  /** An error for a property. */
  static ThalwegException bad(String property, String value, String wanted) {
    return new ThalwegException(
        ErrorCode.INVALID_PROPERTY, property + " = '" + value + "' cannot be used; give " + wanted);
  }

  /** An error for the time format. */
  public static ThalwegException badFormat(String value, String wanted) {
    return bad(FORMAT, value, wanted);
  }

  /** An error for the column that carries the time. */
  public static ThalwegException badKey(String value, String wanted) {
    return bad(KEY, value, wanted);
  }
}
