package io.thalweg.server.replica;

import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.runtime.Clock;

/**
 * A clock for stamps by which something ends: this server's wall clock as long as it agrees with
 * cluster time, cluster time where it doesn't. So rows that one server stamped and another looks at
 * have ages, whatever either's clock says. Any thread may ask; the replica's loop sets it.
 */
public final class ClusterClock implements Clock, Replica.Listener {
  /** By how much the wall clock may be ahead of cluster time as it goes on from the last entry. */
  private static final long SLACK_MILLIS = 1_000;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Clock clock;
  private final Replica replica;
  private volatile Seen seen;

  /** Cluster time, and when on the monotonic clock it was seen. */
  private record Seen(long clusterMillis, long nanos) {}

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

  @Override
  public long wallMillis() {
    long wall = clock.wallMillis();
    Seen last = seen;
    if (last == null) {
      return wall;
    }
    long passed = Math.max(0, (clock.nanoTime() - last.nanos) / NANOS_PER_MILLI);
    long most = last.clusterMillis + passed + SLACK_MILLIS;
    return Math.max(last.clusterMillis, Math.min(wall, most));
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
    if (now != 0 && (seen == null || seen.clusterMillis != now)) {
      seen = new Seen(now, clock.nanoTime());
    }
  }
}
