package io.thalweg.runtime.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Key-value settings, typed and checked on reading. Not thread-safe: read at start-up, by one
 * thread, into config records.
 */
public final class Settings {
  private static final Pattern BYTES = Pattern.compile("(\\d{1,15})\\s*(b|kib|mib|gib|tib)?");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,15})\\s*(us|ms|s|min|h|d)");

  private final Map<String, String> values;
  private final Set<String> asked = new TreeSet<>();

  private Settings(Map<String, String> values) {
    this.values = new TreeMap<>(values);
  }

  /** Settings that hold {@code values}. */
  public static Settings of(Map<String, String> values) {
    return new Settings(values);
  }

  /** The value of {@code key}, or {@code orElse}. */
  public String text(String key, String orElse) {
    asked.add(key);
    return values.getOrDefault(key, orElse);
  }

  /** A whole number within {@code [min, max]}. */
  public long number(String key, long orElse, long min, long max) {
    String text = text(key, null);
    if (text == null) {
      return orElse;
    }
    long value;
    try {
      value = Long.parseLong(text.trim());
    } catch (NumberFormatException notANumber) {
      throw bad(key, text, "a whole number, for example " + orElse);
    }
    return checkRange(key, text, value, min, max, "");
  }

  /** Like {@link #number}, for values that fit an int. */
  public int integer(String key, int orElse, int min, int max) {
    return Math.toIntExact(number(key, orElse, min, max));
  }

  /** Bytes, written {@code 8mib}, {@code 64 kib} or {@code 1048576}, within {@code [min, max]}. */
  public long bytes(String key, long orElse, long min, long max) {
    String text = text(key, null);
    if (text == null) {
      return orElse;
    }
    Matcher matcher = BYTES.matcher(text.trim().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw bad(key, text, "a size such as 65536, 64kib, 8mib or 1gib");
    }
    String unit = matcher.group(2) == null ? "b" : matcher.group(2);
    int shift =
        switch (unit) {
          case "kib" -> 10;
          case "mib" -> 20;
          case "gib" -> 30;
          case "tib" -> 40;
          default -> 0;
        };
    long value = Long.parseLong(matcher.group(1));
    if (value > Long.MAX_VALUE >> shift) {
      throw bad(key, text, "a size below 8 EiB");
    }
    return checkRange(key, text, value << shift, min, max, " bytes");
  }

  /** A duration, written {@code 25ms}, {@code 10 s}, {@code 7d}, within {@code [min, max]}. */
  public Duration duration(String key, Duration orElse, Duration min, Duration max) {
    String text = text(key, null);
    if (text == null) {
      return orElse;
    }
    Matcher matcher = DURATION.matcher(text.trim().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw bad(key, text, "a duration such as 500us, 25ms, 10s, 5min, 2h or 7d");
    }
    long amount = Long.parseLong(matcher.group(1));
    Duration value;
    try {
      value =
          switch (matcher.group(2)) {
            case "us" -> Duration.ofNanos(Math.multiplyExact(amount, 1000L));
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "min" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
          };
    } catch (ArithmeticException tooLong) {
      throw bad(key, text, "a duration of at most " + max);
    }
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw bad(key, text, "a duration from " + min + " to " + max);
    }
    return value;
  }

  /** {@code true} or {@code false}. */
  public boolean flag(String key, boolean orElse) {
    String text = text(key, null);
    if (text == null) {
      return orElse;
    }
    return switch (text.trim().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw bad(key, text, "true or false");
    };
  }

  /** One of an enum's constants, written in any case, with {@code -} for {@code _}. */
  public <E extends Enum<E>> E choice(String key, E orElse) {
    String text = text(key, null);
    if (text == null) {
      return orElse;
    }
    for (E constant : orElse.getDeclaringClass().getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(text.trim().replace('-', '_'))) {
        return constant;
      }
    }
    Set<String> names = new TreeSet<>();
    for (E constant : orElse.getDeclaringClass().getEnumConstants()) {
      names.add(constant.name().toLowerCase(Locale.ROOT));
    }
    throw bad(key, text, "one of " + names);
  }

  /** Throws if there is a key that no config record asked for; most often it is a typing error. */
  public void rejectUnknown() {
    Set<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(asked);
    if (!unknown.isEmpty()) {
      throw new ConfigException(
          "unknown setting " + String.join(", ", unknown) + "; known settings are " + asked);
    }
  }

  private static long checkRange(
      String key, String text, long value, long min, long max, String unit) {
    if (value < min || value > max) {
      throw bad(key, text, "a value from " + min + " to " + max + unit);
    }
    return value;
  }

  private static ConfigException bad(String key, String value, String wanted) {
    return new ConfigException(key + " = '" + value + "' cannot be used; give " + wanted);
  }
}
