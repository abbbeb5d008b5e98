package io.thalweg.server.meter;

import io.thalweg.runtime.Clock;
import io.thalweg.runtime.meter.Counter;
import io.thalweg.runtime.meter.Gauge;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.runtime.meter.Meters;
import java.util.concurrent.CompletableFuture;

/** The instruments of the replica. The server's loop. */
public final class ReplicaMeters {
  private final Clock clock;
  private final Counter entries;
  private final Gauge lag;
  private final Histogram wait;
  private long known;

  /** Of one server, whose time is {@code clock}. */
  public ReplicaMeters(Clock clock, Meters meters) {
    this.clock = clock;
    this.entries = meters.counter(ServerMeters.REPLICA_ENTRIES);
    this.lag = meters.gauge(ServerMeters.REPLICA_LAG);
    this.wait = meters.histogram(ServerMeters.REPLICA_WAIT);
  }

  /** Entry {@code index} was applied. */
  public void applied(long index) {
    entries.increment();
    reached(index);
  }

  /** The replica has come to {@code index}, by entries or by a snapshot. */
  public void reached(long index) {
    known = Math.max(known, index);
    lag.set(known - index);
  }

  /** A request waits for entry {@code index}, which is not applied here yet. */
  public void waits(long index, long applied, CompletableFuture<Void> until) {
    known = Math.max(known, index);
    lag.set(known - applied);
    long began = clock.nanoTime();
    var unused = until.thenRun(() -> wait.record(clock.nanoTime() - began));
  }
}
