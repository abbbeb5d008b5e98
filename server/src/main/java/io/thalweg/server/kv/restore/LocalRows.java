package io.thalweg.server.kv.restore;

import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.replica.Replica;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the buckets on the local disk, and removes the rows of dropped tables from it. Owned by the
 * server's loop.
 */
public final class LocalRows {
  private static final Logger log = LoggerFactory.getLogger(LocalRows.class);
  private static final long RETRY_NANOS = Duration.ofSeconds(10).toNanos();

  private final EventLoop loop;
  private final Replica replica;
  private final KvStores stores;
  private final Executor files;
  private CompletableFuture<?> onDisk = CompletableFuture.completedFuture(null);
  private boolean sweeping;
  private boolean wanted;
  private boolean retrying;
  private boolean closed = true;

  /** Removes nothing until {@link #open}; works on {@code files}. */
  public LocalRows(ServerContext context, KvStores stores, Executor files) {
    this.loop = context.loop();
    this.replica = context.replica();
    this.stores = stores;
    this.files = files;
  }

  /**
   * The name of a bucket on the local disk. It holds the time when the table was made, because rows
   * of another cluster's storage with the same id may still be there.
   */
  public static TableBucket name(TableInfo table, TableBucket bucket) {
    long storage = (table.createdMillis() << 20) ^ bucket.storage().value();
    return new TableBucket(storage, bucket.bucket());
  }

  /** From now on rows of dropped tables are removed. */
  public void open() {
    closed = false;
    sweep();
  }

  /** Removes the rows of dropped tables soon. */
  public void sweep() {
    loop.assertInLoop();
    wanted = true;
    if (!sweeping && !closed) {
      wanted = false;
      sweeping = true;
      var listing = CompletableFuture.supplyAsync(stores::local, files);
      onDisk = listing;
      loop.handle(listing, this::listed);
    }
  }

  /**
   * A bucket's table was dropped if the bucket was listed before the replica became current, and
   * the replica does not know it.
   */
  private void listed(Set<TableBucket> local, Throwable failure) {
    if (failure != null || local.isEmpty()) {
      ended(true, failure);
    } else {
      loop.handle(
          replica.current(),
          (current, behind) -> {
            if (behind != null || closed) {
              ended(false, behind);
            } else {
              drop(local);
            }
          });
    }
  }

  private void drop(Set<TableBucket> local) {
    Set<TableBucket> gone = new TreeSet<>(local);
    gone.removeAll(known());
    var dropping = CompletableFuture.supplyAsync(() -> dropped(gone), files);
    onDisk = dropping;
    loop.handle(dropping, this::ended);
  }

  private Set<TableBucket> known() {
    Set<TableBucket> known = new TreeSet<>();
    for (Map.Entry<TableBucket, BucketState> entry : replica.state().buckets().entrySet()) {
      if (entry.getValue().keyed()) {
        TableInfo table = replica.state().catalog().tableOf(entry.getKey().storage()).orElseThrow();
        known.add(name(table, entry.getKey()));
      }
    }
    return known;
  }

  /** Returns whether nothing is left; rows that are still read wait for the next sweep. */
  private boolean dropped(Set<TableBucket> gone) {
    boolean all = true;
    for (TableBucket bucket : gone) {
      boolean dropped = stores.drop(bucket);
      if (dropped) {
        log.info("the local rows of bucket {} are removed: its table is gone", bucket);
      }
      all &= dropped;
    }
    return all;
  }

  private void ended(Boolean clean, Throwable failure) {
    sweeping = false;
    if (closed) {
      return;
    }
    if (failure != null) {
      log.warn("local rows of tables that are gone cannot be removed; trying again", failure);
    }
    if (wanted) {
      sweep();
    } else if ((failure != null || !clean) && !retrying) {
      retrying = true;
      loop.schedule(
          RETRY_NANOS,
          () -> {
            retrying = false;
            sweep();
          });
    }
  }

  /** Begins nothing any more; completes, and never fails, once nothing touches the disk. */
  public CompletableFuture<Void> close() {
    closed = true;
    return onDisk.handle((result, failure) -> null);
  }
}
