package io.thalweg.server.replica;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.runtime.Clock;

/**
 * The clock for rows that expire: their stamps are never behind cluster time, and cluster time
 * decides when they expire. So a server clock that is behind or ahead never ends a row early. Any
 * thread may read it; the replica's loop sets it.
 */
public final class ClusterClock implements Clock, Replica.Listener {
  private static final long MOST_AHEAD_MILLIS = 24 * 3_600_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final Clock clock;
  private final Replica replica;
  private volatile Seen seen = new Seen(0, 0);

  /** Cluster time, and the monotonic time at which it was seen. */
  private record Seen(long millis, long nanos) {}

  /** A clock that follows {@code replica} from now on. */
  public ClusterClock(Clock clock, Replica replica) {
    this.clock = clock;
    this.replica = replica;
    replica.listen(this);
  }

  @Override
  public long nanoTime() {
    return clock.nanoTime();
  }

  /** The stamp for rows: the wall clock, limited to cluster time and a day ahead of it. */
  @Override
  public long wallMillis() {
    long wall = clock.wallMillis();
    long cluster = clusterMillis();
    return cluster == 0 ? wall : Math.max(cluster, Math.min(wall, cluster + MOST_AHEAD_MILLIS));
  }

  /**
   * Cluster time as far as this server knows it, continued with the monotonic clock as the
   * coordinator does; milliseconds since the epoch, 0 at first.
   */
  public long clusterMillis() {
    Seen last = seen;
    return last.millis == 0
        ? 0
        : last.millis + Math.max(0, (clock.nanoTime() - last.nanos) / NANOS_PER_MILLI);
  }

  @Override
  public void applied(Command command, Reply reply) {
    see();
  }

  @Override
  public void jumped() {
    see();
  }

  private void see() {
    long now = replica.state().clusterTimeMillis();
    if (now > clusterMillis()) {
      seen = new Seen(now, clock.nanoTime());
    }
  }
}
