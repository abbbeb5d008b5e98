package io.thalweg.runtime.meter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.runtime.ThreadEventLoop;
import io.thalweg.runtime.sim.SimMeters;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Instruments, also when the same one is requested again. */
final class MetersTest {
  private static final Meter HITS = Meter.counter("a.hits", Meter.Unit.NONE, "Hits.", "cache");
  private static final Meter SIZE = Meter.gauge("a.size", Meter.Unit.BYTES, "Size.");
  private static final Meter TIME = Meter.histogram("a.time", Meter.Unit.NANOS, "Time.");

  private final SimMeters meters = new SimMeters();

  @Test
  void whoAsksAgainGetsTheSameInstrument() {
    meters.counter(HITS, "tail").add(2);
    meters.counter(HITS, "tail").increment();
    meters.counter(HITS, "block").increment();
    assertThat(meters.value(HITS, "tail")).isEqualTo(3);
    assertThat(meters.value(HITS, "block")).isEqualTo(1);
    meters.watch(SIZE, () -> 5);
    meters.watch(SIZE, () -> 7);
    assertThat(meters.value(SIZE)).isEqualTo(7);
    assertThat(meters.meters()).containsExactlyInAnyOrder(HITS, SIZE);
  }

  @Test
  void anotherKindOrOtherTagsAreRefused() {
    assertThatThrownBy(() -> meters.gauge(HITS, "tail")).hasMessageContaining("a.hits");
    assertThatThrownBy(() -> meters.counter(HITS)).hasMessageContaining("[cache]");
  }

  @Test
  void aHistogramCountsByPowersOfTwo() {
    Histogram histogram = meters.histogram(TIME);
    for (long value : new long[] {-1, 0, 1, 2, 3, 4, 5, Long.MAX_VALUE / 4}) {
      histogram.record(value);
    }
    long[] counts = histogram.counts();
    assertThat(counts[0]).isEqualTo(3);
    assertThat(counts[1]).isEqualTo(1);
    assertThat(counts[2]).isEqualTo(2);
    assertThat(counts[3]).isEqualTo(1);
    assertThat(counts[Histogram.BUCKETS - 1]).isEqualTo(1);
    assertThat(histogram.count()).isEqualTo(8);
    assertThat(histogram.sum()).isEqualTo(15 + Long.MAX_VALUE / 4);
  }

  @Test
  void aLoopMeasuresItsTasks() throws InterruptedException {
    CountDownLatch ran = new CountDownLatch(2);
    try (ThreadEventLoop loop = new ThreadEventLoop("measured", failure -> {}, meters)) {
      loop.execute(ran::countDown);
      loop.schedule(1_000, () -> {});
      loop.schedule(2_000_000, ran::countDown);
      ran.await();
    }
    assertThat(meters.value(LoopMeters.DELAY, "measured")).isGreaterThanOrEqualTo(2);
    assertThat(meters.value(LoopMeters.BUSY, "measured")).isPositive();
    assertThat(meters.value(LoopMeters.QUEUE, "measured")).isZero();
  }
}
