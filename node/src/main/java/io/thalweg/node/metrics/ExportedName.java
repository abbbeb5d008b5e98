package io.thalweg.node.metrics;

import io.thalweg.runtime.meter.Meter;

/** How a meter is called in Prometheus' text form. Stateless. */
final class ExportedName {
  private ExportedName() {}

  /** With the unit behind it; a counter ends in {@code _total}. */
  static String of(Meter meter) {
    return prefixed(meter).replace('.', '_')
        + (unit(meter).isEmpty() ? "" : "_" + unit(meter))
        + (meter.kind() == Meter.Kind.COUNTER ? "_total" : "");
  }

  /** With dots and without a unit. */
  static String prefixed(Meter meter) {
    return "thalweg." + meter.name();
  }

  /** The unit's word; empty for things. */
  static String unit(Meter meter) {
    return switch (meter.unit()) {
      case NONE -> "";
      case BYTES -> "bytes";
      case NANOS -> "seconds";
    };
  }

  /** What one inside is outside. */
  static double scale(Meter meter) {
    return meter.unit() == Meter.Unit.NANOS ? 1e-9 : 1;
  }
}
