package io.thalweg.node.metrics;

import io.thalweg.runtime.meter.Meter;

/** A meter's name and unit in Prometheus' text form. Stateless. */
final class ExportedName {
  private ExportedName() {}

  /** The name, with the unit; a counter ends in {@code _total}. */
  static String of(Meter meter) {
    return prefixed(meter).replace('.', '_')
        + (unit(meter).isEmpty() ? "" : "_" + unit(meter))
        + (meter.kind() == Meter.Kind.COUNTER ? "_total" : "");
  }

  /** The name with dots and without a unit. */
  static String prefixed(Meter meter) {
    return "thalweg." + meter.name();
  }

  /** The unit's word; empty for counts. */
  static String unit(Meter meter) {
    return switch (meter.unit()) {
      case NONE -> "";
      case BYTES -> "bytes";
      case NANOS -> "seconds";
    };
  }

  /** The factor from the meter's unit to the exported one. */
  static double scale(Meter meter) {
    return meter.unit() == Meter.Unit.NANOS ? 1e-9 : 1;
  }
}
