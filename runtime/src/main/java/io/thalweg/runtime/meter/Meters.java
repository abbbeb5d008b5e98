package io.thalweg.runtime.meter;

import java.util.List;
import java.util.function.LongSupplier;

/**
 * Gives out instruments and shows them to readers. Callers hand it in like a clock. Any thread; ask
 * for instruments in constructors and keep them. A second call with the same meter and tags returns
 * the same instrument.
 */
public interface Meters {
  /** Gives out instruments that nobody reads. */
  Meters NONE =
      new Meters() {
        @Override
        public <T extends Instrument> T add(Meter meter, List<String> tagValues, T made) {
          return made;
        }
      };

  /**
   * Shows {@code made} and returns it; if there is an instrument of that meter and those tags
   * already, returns that one. A watched gauge replaces the earlier one.
   *
   * @param tagValues a value for each of the meter's tags
   */
  <T extends Instrument> T add(Meter meter, List<String> tagValues, T made);

  /** The counter of a meter. */
  default Counter counter(Meter meter, String... tagValues) {
    return add(checked(meter, Meter.Kind.COUNTER, tagValues), List.of(tagValues), new Counter());
  }

  /** The gauge of a meter. */
  default Gauge gauge(Meter meter, String... tagValues) {
    return add(checked(meter, Meter.Kind.GAUGE, tagValues), List.of(tagValues), new Gauge());
  }

  /** The histogram of a meter. */
  default Histogram histogram(Meter meter, String... tagValues) {
    return add(
        checked(meter, Meter.Kind.HISTOGRAM, tagValues), List.of(tagValues), new Histogram());
  }

  /** Shows what {@code value} gives when somebody reads; any thread calls it. */
  default void watch(Meter meter, LongSupplier value, String... tagValues) {
    add(
        checked(meter, Meter.Kind.GAUGE, tagValues),
        List.of(tagValues),
        new Instrument.Watched(value));
  }

  private static Meter checked(Meter meter, Meter.Kind kind, String... tagValues) {
    if (meter.kind() != kind || meter.tags().size() != tagValues.length) {
      throw new IllegalArgumentException(
          "meter " + meter.name() + " is a " + meter.kind() + " with the tags " + meter.tags());
    }
    return meter;
  }
}
