package io.thalweg.server.replica;

import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.runtime.Clock;

/**
 * A clock for rows that end by themselves: what they are stamped with is never behind cluster time,
 * and what they are judged by is cluster time. So no server's own clock, behind or ahead, ends a
 * row early. Any thread may ask; the replica's loop sets it.
 */
public final class ClusterClock implements Clock, Replica.Listener {
  private static final long MOST_AHEAD_MILLIS = 24 * 3_600_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final Clock clock;
  private final Replica replica;
  private volatile Seen seen = new Seen(0, 0);

  /** Cluster time, and when on the monotonic clock it was seen. */
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

  /** What to stamp with: the wall clock, from cluster time to a day ahead of it. */
  @Override
  public long wallMillis() {
    long wall = clock.wallMillis();
    long cluster = clusterMillis();
    return cluster == 0 ? wall : Math.max(cluster, Math.min(wall, cluster + MOST_AHEAD_MILLIS));
  }

  /**
   * Cluster time as far as it is known here, going on with the monotonic clock as the coordinator
   * lets it; milliseconds since the epoch, 0 at first.
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
