package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.DueQueue;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.replica.Replica;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Says in which of this server's buckets something is due. It looks at a bucket once after the
 * bucket changed, notes when the next thing is due there by cluster time, and does not look again
 * before that: an idle bucket costs nothing. Owned by the server's loop.
 */
final class DueBuckets implements Replica.Listener {
  private final EventLoop loop;
  private final Replica replica;
  private final When when;
  private final DueQueue<TableBucket> queue = new DueQueue<>();
  private final Set<TableBucket> changed = new TreeSet<>();
  private final Set<TableBucket> resting = new TreeSet<>();
  private long incarnation;
  private int period;

  /** When the next thing is due in a bucket; pure. */
  interface When {
    /** Cluster time, milliseconds since the epoch; {@link DueQueue#NEVER} until it changes. */
    long dueMillis(BucketState bucket, TableOptions options);
  }

  /** Follows {@code replica} from now on, and rests until {@link #open}. */
  DueBuckets(EventLoop loop, Replica replica, When when) {
    this.loop = loop;
    this.replica = replica;
    this.when = when;
    replica.listen(this);
  }

  /** Begins with the buckets of {@code newIncarnation}. */
  void open(long newIncarnation) {
    close();
    incarnation = newIncarnation;
    jumped();
  }

  /** Forgets all buckets. */
  void close() {
    incarnation = 0;
    period++;
    queue.clear();
    changed.clear();
    resting.clear();
  }

  @Override
  public void applied(Command command, Reply reply) {
    // Only changed buckets matter: see bucketsChanged.
  }

  @Override
  public void bucketsChanged(Set<TableBucket> buckets) {
    if (incarnation != 0) {
      buckets.forEach(this::look);
    }
  }

  @Override
  public void jumped() {
    if (incarnation != 0) {
      queue.clear();
      changed.clear();
      changed.addAll(replica.state().owners().of(incarnation));
    }
  }

  /** Looks at {@code bucket} again before the next one is taken, if this server owns it. */
  void look(TableBucket bucket) {
    if (incarnation != 0
        && replica.state().bucket(bucket).map(BucketState::owner).orElse(0L) == incarnation) {
      changed.add(bucket);
    } else {
      changed.remove(bucket);
      queue.remove(bucket);
    }
  }

  /** Leaves {@code bucket} alone for a while, so that the others get their turn. */
  void rest(TableBucket bucket, long nanos) {
    int mine = period;
    queue.remove(bucket);
    resting.add(bucket);
    loop.schedule(
        nanos,
        () -> {
          if (period == mine && resting.remove(bucket)) {
            look(bucket);
          }
        });
  }

  /** Whether {@code bucket} is left alone for a while. */
  boolean rests(TableBucket bucket) {
    return resting.contains(bucket);
  }

  /**
   * Takes out a bucket in which something is due. It is not given again before it changes, or until
   * {@link #look} or {@link #rest}.
   */
  Optional<TableBucket> take() {
    lookAtChanged();
    return queue.take(replica.state().clusterTimeMillis());
  }

  private void lookAtChanged() {
    Map<StorageId, Optional<TableOptions>> options = new HashMap<>();
    for (TableBucket id : changed) {
      Optional<BucketState> bucket = replica.state().bucket(id);
      Optional<TableOptions> known = options.computeIfAbsent(id.storage(), this::options);
      if (bucket.isEmpty() || known.isEmpty() || resting.contains(id)) {
        queue.remove(id);
      } else {
        queue.set(id, when.dueMillis(bucket.get(), known.get()));
      }
    }
    changed.clear();
  }

  private Optional<TableOptions> options(StorageId storage) {
    return replica
        .state()
        .catalog()
        .tableOf(storage)
        .map(table -> TableOptions.from(table.descriptor().properties()));
  }
}
