package io.thalweg.server.owner;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandKind;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.replica.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Lets the creator of a table or partition wait until its buckets have owners, so that the first
 * write finds them. The coordinator assigns owners in an entry of its own, right after the one that
 * creates the table. On the server's loop.
 */
public final class FirstOwners implements Replica.Listener {
  /** If there is no owner after this time, the creation succeeds all the same. */
  private static final long MOST_NANOS = Duration.ofSeconds(2).toNanos();

  private final EventLoop loop;
  private final Replica replica;
  private final List<Waiting> waiting = new ArrayList<>();

  private record Waiting(List<TableBucket> buckets, CompletableFuture<Void> known) {}

  /** Watches the commands that {@code replica} applies. */
  public FirstOwners(EventLoop loop, Replica replica) {
    this.loop = loop;
    this.replica = replica;
    replica.listen(this);
  }

  /** Waits for all buckets of a new table. */
  public CompletableFuture<Void> of(TableInfo table) {
    return of(table.buckets().stream().map(table::bucket).toList());
  }

  /** Completes, and never fails, once those buckets have owners or after two seconds. */
  public CompletableFuture<Void> of(List<TableBucket> buckets) {
    CompletableFuture<Void> known = new CompletableFuture<>();
    Waiting one = new Waiting(buckets, known);
    if (isOwned(buckets)) {
      known.complete(null);
    } else {
      waiting.add(one);
      loop.schedule(
          MOST_NANOS,
          () -> {
            waiting.remove(one);
            known.complete(null);
          });
    }
    return known;
  }

  private boolean isOwned(List<TableBucket> buckets) {
    ClusterState state = replica.state();
    for (TableBucket each : buckets) {
      if (state
          .bucket(each)
          .filter(bucket -> state.incarnations().isOpen(bucket.owner()))
          .isEmpty()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void applied(Command command, Reply reply) {
    if (command.kind() == CommandKind.ASSIGN_OWNERS) {
      complete();
    }
  }

  @Override
  public void jumped() {
    complete();
  }

  private void complete() {
    List<Waiting> owned = waiting.stream().filter(each -> isOwned(each.buckets)).toList();
    waiting.removeAll(owned);
    owned.forEach(each -> each.known.complete(null));
  }
}
