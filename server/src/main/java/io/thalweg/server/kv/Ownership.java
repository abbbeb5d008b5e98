package io.thalweg.server.kv;

import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.replica.Replica;
import java.util.Optional;

/**
 * Knows which buckets this server's incarnation owns, according to the replica. Owned by the
 * server's loop.
 */
final class Ownership {
  private final Replica replica;
  private final String serverId;
  private long incarnation;

  Ownership(Replica replica, String serverId) {
    this.replica = replica;
    this.serverId = serverId;
  }

  /** From now on this server is {@code newIncarnation}; 0 is none. */
  void open(long newIncarnation) {
    incarnation = newIncarnation;
  }

  /** This server's incarnation; 0 for none. */
  long incarnation() {
    return incarnation;
  }

  /** Whether this server owns the bucket in {@code epoch}. */
  boolean owns(TableBucket id, int epoch) {
    return incarnation != 0
        && replica
            .state()
            .bucket(id)
            .filter(bucket -> bucket.owner() == incarnation && bucket.ownerEpoch() == epoch)
            .isPresent();
  }

  /** The refusal that names the server which owns the bucket instead of this one, if one does. */
  ThalwegException staleOwner(TableInfo table, TableBucket id) {
    ClusterState state = replica.state();
    Optional<BucketState> bucket = state.bucket(id);
    if (bucket.isEmpty() && state.catalog().table(table.tableId()).isPresent()) {
      return new ThalwegException(
          ErrorCode.PARTITION_NOT_FOUND, "a partition of table " + table.path() + " was dropped");
    }
    if (bucket.isEmpty()) {
      return new ThalwegException(
          ErrorCode.TABLE_NOT_FOUND, "table " + table.path() + " was dropped");
    }
    Optional<String> owner =
        state.incarnations().open().stream()
            .filter(open -> open.number() == bucket.get().owner())
            .map(Incarnation::serverId)
            .findFirst();
    if (owner.isPresent() && owner.get().equals(serverId)) {
      // An earlier incarnation of this server, whose buckets are assigned anew.
      return new ThalwegException(
          ErrorCode.UNAVAILABLE, "the server is joining the cluster; try again shortly");
    }
    return new ThalwegException(
        owner.isEmpty() ? ErrorCode.UNAVAILABLE : ErrorCode.STALE_OWNER,
        "bucket "
            + id.bucket()
            + " of "
            + table.path()
            + (owner.isEmpty()
                ? " has no owner at the moment; try again shortly"
                : " is owned by server '" + owner.get() + "'; send the request there"));
  }
}
