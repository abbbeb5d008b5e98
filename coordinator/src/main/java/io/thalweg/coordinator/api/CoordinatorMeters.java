package io.thalweg.coordinator.api;

import io.thalweg.coordinator.log.StateCopy;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.meter.Counter;
import io.thalweg.runtime.meter.Gauge;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.runtime.meter.Meter;
import io.thalweg.runtime.meter.Meter.Unit;
import io.thalweg.runtime.meter.Meters;
import java.nio.ByteBuffer;
import java.util.List;

/** The meters of a coordinator, and the instruments of one member. Its loop counts. */
public final class CoordinatorMeters {
  /** Entries that were applied. */
  public static final Meter ENTRIES =
      Meter.counter("coordinator.entries", Unit.NONE, "Log entries that were applied.");

  /** Time of a snapshot. */
  public static final Meter SNAPSHOT_TIME =
      Meter.histogram(
          "coordinator.snapshot.time",
          Unit.NANOS,
          "Time to write one snapshot of the state, while entries go on being applied.");

  /** Followers of the feed. */
  public static final Meter FEED_WAITING =
      Meter.gauge(
          "coordinator.feed.waiting",
          Unit.NONE,
          "Servers that wait for the next entry of the feed.");

  /** Bytes of the feed. */
  public static final Meter FEED_BYTES =
      Meter.gauge("coordinator.feed", Unit.BYTES, "Bytes of entries kept for servers that lag.");

  /** Parts of the state. */
  public static final Meter STATE =
      Meter.gauge(
          "coordinator.state",
          Unit.NONE,
          "How many of each part the state has: buckets, runs, writers, garbage, pins.",
          "part");

  /** Inline payloads. */
  public static final Meter INLINE_BYTES =
      Meter.gauge(
          "coordinator.inline", Unit.BYTES, "Bytes of records that live inside log entries.");

  /** Every meter above. */
  public static final List<Meter> ALL =
      List.of(ENTRIES, SNAPSHOT_TIME, FEED_WAITING, FEED_BYTES, STATE, INLINE_BYTES);

  private final Clock clock;
  private final Counter entries;
  private final Histogram snapshotTime;
  private final Gauge feedWaiting;
  private final Gauge feedBytes;
  private final Gauge buckets;
  private final Gauge runs;
  private final Gauge writers;
  private final Gauge garbage;
  private final Gauge pins;
  private final Gauge inlineBytes;

  /** Of one member, whose time is {@code clock}. */
  public CoordinatorMeters(Clock clock, Meters meters) {
    this.clock = clock;
    this.entries = meters.counter(ENTRIES);
    this.snapshotTime = meters.histogram(SNAPSHOT_TIME);
    this.feedWaiting = meters.gauge(FEED_WAITING);
    this.feedBytes = meters.gauge(FEED_BYTES);
    this.buckets = meters.gauge(STATE, "buckets");
    this.runs = meters.gauge(STATE, "runs");
    this.writers = meters.gauge(STATE, "writers");
    this.garbage = meters.gauge(STATE, "garbage");
    this.pins = meters.gauge(STATE, "pins");
    this.inlineBytes = meters.gauge(INLINE_BYTES);
  }

  /** An entry was applied. */
  void applied(ClusterState state) {
    entries.increment();
    shows(state);
  }

  /** What the state holds now. */
  void shows(ClusterState state) {
    buckets.set(state.buckets().size());
    runs.set(state.payloads().runs());
    writers.set(state.rememberedWriters());
    garbage.set(state.payloads().garbage().size());
    pins.set(state.pins().open().size());
    inlineBytes.set(state.payloads().inlineBytes());
  }

  /** What the feed holds now. */
  void feed(int waiting, long bytes) {
    feedWaiting.set(waiting);
    feedBytes.set(bytes);
  }

  /** The same copy; the time until it is closed is that of a snapshot. */
  StateCopy timed(StateCopy copy) {
    long began = clock.nanoTime();
    return new StateCopy() {
      private boolean closed;

      @Override
      public long appliedIndex() {
        return copy.appliedIndex();
      }

      @Override
      public ByteBuffer next(int aboutBytes) {
        return copy.next(aboutBytes);
      }

      @Override
      public void close() {
        copy.close();
        if (!closed) {
          closed = true;
          snapshotTime.record(clock.nanoTime() - began);
        }
      }
    };
  }
}
