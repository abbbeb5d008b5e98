package io.thalweg.runtime.meter;

import java.util.List;

/**
 * Says what one kind of instrument measures. Immutable.
 *
 * @param name parts separated by dots, without the unit
 * @param text one sentence for docs/metrics.md
 * @param tags names of the tags that distinguish several instruments of this meter
 */
public record Meter(String name, Kind kind, Unit unit, String text, List<String> tags) {

  /** How values behave. */
  public enum Kind {
    /** Only grows. */
    COUNTER,
    /** Goes up and down. */
    GAUGE,
    /** Many values of which the distribution matters. */
    HISTOGRAM
  }

  /** What a value counts. */
  public enum Unit {
    /** Things. */
    NONE,
    BYTES,
    /** Nanoseconds inside; the exporter shows seconds. */
    NANOS
  }

  /** Copies the tags. */
  public Meter {
    tags = List.copyOf(tags);
  }

  /** Something that only grows. */
  public static Meter counter(String name, Unit unit, String text, String... tags) {
    return new Meter(name, Kind.COUNTER, unit, text, List.of(tags));
  }

  /** Something that goes up and down. */
  public static Meter gauge(String name, Unit unit, String text, String... tags) {
    return new Meter(name, Kind.GAUGE, unit, text, List.of(tags));
  }

  /** Something with a distribution. */
  public static Meter histogram(String name, Unit unit, String text, String... tags) {
    return new Meter(name, Kind.HISTOGRAM, unit, text, List.of(tags));
  }
}
