package io.thalweg.runtime.meter;

import java.util.function.LongSupplier;

/** Holds the values of one meter, for one set of tags. Any thread reads. */
public sealed interface Instrument permits Counter, Gauge, Histogram, Instrument.Watched {

  /**
   * A gauge that is asked when somebody reads.
   *
   * @param value any thread may call it; it does not block
   */
  record Watched(LongSupplier value) implements Instrument {}
}
