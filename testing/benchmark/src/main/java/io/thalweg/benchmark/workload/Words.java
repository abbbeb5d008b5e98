package io.thalweg.benchmark.workload;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One line between the benchmark and a driver: a verb and named values, none with a space. Each
 * {@link #with} returns another one. Immutable.
 */
public final class Words {
  private final String verb;
  private final Map<String, String> values;

  private Words(String verb, Map<String, String> values) {
    this.verb = verb;
    this.values = values;
  }

  /** Without values. */
  public static Words of(String verb) {
    return new Words(verb, Map.of());
  }

  /** Reads what {@link #toString} wrote. */
  public static Words parse(String line) {
    String[] parts = line.trim().split(" ", -1);
    Words words = of(parts[0]);
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("'" + parts[i] + "' of '" + line + "' has no name");
      }
      words = words.with(parts[i].substring(0, equals), parts[i].substring(equals + 1));
    }
    return words;
  }

  /** With one more value. */
  public Words with(String name, String value) {
    if ((name + value).matches("(?s).*\\s.*")) {
      throw new IllegalArgumentException(name + "='" + value + "' has a space");
    }
    Map<String, String> more = new LinkedHashMap<>(values);
    more.put(name, value);
    return new Words(verb, more);
  }

  /** With a whole number. */
  public Words with(String name, long value) {
    return with(name, Long.toString(value));
  }

  /** With a number. */
  public Words with(String name, double value) {
    return with(name, String.format(Locale.ROOT, "%.6f", value));
  }

  /** What to do, or how it went. */
  public String verb() {
    return verb;
  }

  /** A value. */
  public String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("there is no '" + name + "' in '" + this + "'");
    }
    return value;
  }

  /** The values whose names begin with {@code prefix}, by the rest of their names. */
  public Map<String, String> below(String prefix) {
    Map<String, String> found = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            found.put(name.substring(prefix.length()), value);
          }
        });
    return found;
  }

  /** A whole number. */
  public long count(String name) {
    return Long.parseLong(text(name));
  }

  /** A number. */
  public double number(String name) {
    return Double.parseDouble(text(name));
  }

  /** A number; NaN if it was not said. */
  public double numberIfSaid(String name) {
    return values.containsKey(name) ? number(name) : Double.NaN;
  }

  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(verb);
    values.forEach((name, value) -> line.append(' ').append(name).append('=').append(value));
    return line.toString();
  }
}
