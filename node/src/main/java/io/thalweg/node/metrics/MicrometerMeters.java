package io.thalweg.node.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.thalweg.runtime.meter.Counter;
import io.thalweg.runtime.meter.Gauge;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.runtime.meter.Instrument;
import io.thalweg.runtime.meter.Meter;
import io.thalweg.runtime.meter.Meters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** Registers instruments and lets Micrometer read them on each scrape. Any thread. */
final class MicrometerMeters implements Meters {
  /** The first bucket of a histogram goes up to a microsecond; each next one is twice as large. */
  private static final int FIRST_NANOS_BUCKET = 10;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT).throwExceptionOnRegistrationFailure();
  private final Map<Key, Shown> shown = new ConcurrentHashMap<>();

  private record Key(Meter meter, List<String> tagValues) {}

  /** The instrument of one meter and its tags; a watched gauge may be replaced. */
  private static final class Shown {
    volatile Instrument instrument;

    Shown(Instrument instrument) {
      this.instrument = instrument;
    }
  }

  MicrometerMeters() {
    registry.getPrometheusRegistry().register((MultiCollector) this::histograms);
  }

  @Override
  @SuppressWarnings("unchecked") // the kind of a meter says which instrument it has
  public <T extends Instrument> T add(Meter meter, List<String> tagValues, T made) {
    Key key = new Key(meter, tagValues);
    Shown mine = new Shown(made);
    Shown before = shown.putIfAbsent(key, mine);
    if (before == null) {
      register(key, mine);
      return made;
    }
    if (made instanceof Instrument.Watched) {
      before.instrument = made;
      return made;
    }
    return (T) before.instrument;
  }

  private void register(Key key, Shown mine) {
    Meter meter = key.meter;
    double scale = ExportedName.scale(meter);
    List<Tag> tags = new ArrayList<>();
    for (int i = 0; i < meter.tags().size(); i++) {
      tags.add(Tag.of(meter.tags().get(i), key.tagValues.get(i)));
    }
    String name = ExportedName.prefixed(meter);
    String unit = ExportedName.unit(meter);
    String baseUnit = unit.isEmpty() ? null : unit;
    switch (meter.kind()) {
      case COUNTER ->
          FunctionCounter.builder(name, mine, it -> scale * value(it.instrument))
              .tags(tags)
              .baseUnit(baseUnit)
              .description(meter.text())
              .register(registry);
      case GAUGE ->
          io.micrometer.core.instrument.Gauge.builder(
                  name, mine, it -> scale * value(it.instrument))
              .tags(tags)
              .baseUnit(baseUnit)
              .description(meter.text())
              .strongReference(true)
              .register(registry);
      case HISTOGRAM -> {
        // Collected by histograms().
      }
    }
  }

  private static long value(Instrument instrument) {
    if (instrument instanceof Counter counter) {
      return counter.value();
    } else if (instrument instanceof Gauge gauge) {
      return gauge.value();
    }
    LongSupplier watched = ((Instrument.Watched) instrument).value();
    return watched.getAsLong();
  }

  private MetricSnapshots histograms() {
    Map<Meter, HistogramSnapshot.Builder> byMeter = new LinkedHashMap<>();
    shown.forEach(
        (key, mine) -> {
          if (mine.instrument instanceof Histogram histogram) {
            byMeter
                .computeIfAbsent(
                    key.meter,
                    meter ->
                        HistogramSnapshot.builder().name(ExportedName.of(meter)).help(meter.text()))
                .dataPoint(
                    HistogramSnapshot.HistogramDataPointSnapshot.builder()
                        .labels(Labels.of(key.meter.tags(), key.tagValues))
                        .classicHistogramBuckets(buckets(key.meter, histogram))
                        .sum(ExportedName.scale(key.meter) * histogram.sum())
                        .build());
          }
        });
    List<MetricSnapshot> all = new ArrayList<>();
    byMeter.values().forEach(builder -> all.add(builder.build()));
    return new MetricSnapshots(all);
  }

  private static ClassicHistogramBuckets buckets(Meter meter, Histogram histogram) {
    int first = meter.unit() == Meter.Unit.NANOS ? FIRST_NANOS_BUCKET : 0;
    long[] counts = histogram.counts();
    double[] bounds = new double[counts.length - first];
    long[] kept = new long[bounds.length];
    for (int i = 0; i < counts.length; i++) {
      kept[Math.max(0, i - first)] += counts[i];
    }
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] =
          i == bounds.length - 1
              ? Double.POSITIVE_INFINITY
              : ExportedName.scale(meter) * Histogram.upperBound(first + i);
    }
    return ClassicHistogramBuckets.of(bounds, kept);
  }

  /** The meters that have an instrument. */
  Set<Meter> meters() {
    return shown.keySet().stream().map(Key::meter).collect(Collectors.toSet());
  }

  /** All values in Prometheus' text form. */
  String scrape() {
    return registry.scrape();
  }
}
