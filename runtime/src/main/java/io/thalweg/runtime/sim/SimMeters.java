package io.thalweg.runtime.sim;

import io.thalweg.runtime.meter.Counter;
import io.thalweg.runtime.meter.Gauge;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.runtime.meter.Instrument;
import io.thalweg.runtime.meter.Meter;
import io.thalweg.runtime.meter.Meters;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Meters that a test reads. Any thread. */
public final class SimMeters implements Meters {
  private final Map<Key, Instrument> instruments = new ConcurrentHashMap<>();

  private record Key(Meter meter, List<String> tagValues) {}

  @Override
  @SuppressWarnings("unchecked") // the kind of a meter says which instrument it has
  public <T extends Instrument> T add(Meter meter, List<String> tagValues, T made) {
    Key key = new Key(meter, tagValues);
    if (made instanceof Instrument.Watched) {
      instruments.put(key, made);
      return made;
    }
    Instrument before = instruments.putIfAbsent(key, made);
    return before == null ? made : (T) before;
  }

  /** The value of a counter or gauge; how many values a histogram has. */
  public long value(Meter meter, String... tagValues) {
    Instrument found = instruments.get(new Key(meter, List.of(tagValues)));
    if (found == null) {
      throw new IllegalArgumentException(
          "nobody measures " + meter.name() + " " + List.of(tagValues));
    }
    if (found instanceof Counter counter) {
      return counter.value();
    } else if (found instanceof Gauge gauge) {
      return gauge.value();
    } else if (found instanceof Histogram histogram) {
      return histogram.count();
    }
    return ((Instrument.Watched) found).value().getAsLong();
  }

  /** The meters that have an instrument. */
  public Set<Meter> meters() {
    return instruments.keySet().stream().map(Key::meter).collect(Collectors.toSet());
  }
}
