package io.thalweg.server.kv;

import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.replica.ClusterClock;
import io.thalweg.server.replica.Replica;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends rows whose last write is {@code table.row.ttl} or longer ago, in the buckets that this
 * server serves: it looks through one bucket after the other and deletes the rows that are too old,
 * a batch at a time. The deletes go through the bucket, so that the log has a -D for each. It then
 * leaves the bucket alone until one of its rows can be too old again. Owned by the server's loop.
 *
 * <p>Ages are measured in cluster time, and no row is stamped with an earlier time. So a server
 * whose own clock is behind or ahead ends no row early.
 */
public final class RowExpiry {
  private static final Logger log = LoggerFactory.getLogger(RowExpiry.class);

  /** Bytes of keys and rows that are deleted at a time. */
  private static final int BATCH_BYTES = 1 << 20;

  private final EventLoop loop;
  private final ClusterClock clock;
  private final Replica replica;
  private final OwnedBuckets owned;
  private final Executor scans;
  private final int batchBytes;
  private final Ticker ticker;

  /** When a row of the bucket can next be too old, by cluster time. */
  private final Map<Expiring, Long> dueMillis = new HashMap<>();

  private CompletableFuture<Void> working = CompletableFuture.completedFuture(null);

  /** A bucket that is served in an epoch, and how long its rows live. */
  record Expiring(TableBucket id, int epoch, Duration ttl) {}

  /**
   * Rests until {@link #open}.
   *
   * @param scans runs scans of rows, one task after the other
   * @param batchMax largest batch of changes, in bytes
   */
  public RowExpiry(
      ServerContext context, OwnedBuckets owned, Executor scans, int batchMax, KvConfig config) {
    this.loop = context.loop();
    this.clock = owned.clusterClock();
    this.replica = context.replica();
    this.owned = owned;
    this.scans = scans;
    this.batchBytes = Math.min(BATCH_BYTES, batchMax / 2);
    this.ticker = new Ticker(loop, config.expireInterval(), this::check);
  }

  /** Begins for {@code incarnation}. */
  public void open(long incarnation) {
    ticker.open(incarnation);
  }

  /** Rests; completes once no view of rows is open. */
  public CompletableFuture<Void> close() {
    ticker.close();
    dueMillis.clear();
    return working;
  }

  private void check() {
    if (!working.isDone()) {
      return;
    }
    List<Expiring> all = expiring();
    dueMillis.keySet().retainAll(all);
    long now = clock.clusterMillis();
    ArrayDeque<Expiring> due = new ArrayDeque<>();
    for (Expiring each : all) {
      if (dueMillis.getOrDefault(each, Long.MIN_VALUE) <= now) {
        due.add(each);
      }
    }
    working = new CompletableFuture<>();
    next(due);
  }

  private List<Expiring> expiring() {
    ClusterState state = replica.state();
    List<Expiring> expiring = new ArrayList<>();
    Map<StorageId, Optional<Duration>> ttls = new HashMap<>();
    for (TableBucket id : owned.serving()) {
      int epoch = state.bucket(id).orElseThrow().ownerEpoch();
      ttls.computeIfAbsent(id.storage(), this::ttl)
          .ifPresent(ttl -> expiring.add(new Expiring(id, epoch, ttl)));
    }
    return expiring;
  }

  private Optional<Duration> ttl(StorageId storage) {
    TableInfo table = replica.state().catalog().tableOf(storage).orElseThrow();
    return TableOptions.from(table.descriptor().properties()).rowTtl();
  }

  private void next(ArrayDeque<Expiring> due) {
    Expiring bucket = due.poll();
    if (bucket == null || ticker.incarnation() == 0) {
      working.complete(null);
      return;
    }
    loop.handle(
        owned.view(bucket.id),
        (view, failure) -> {
          if (failure != null) {
            log.info("rows of bucket {} did not expire: {}", bucket.id, failure.toString());
            next(due);
          } else {
            new BucketSweep(bucket, view, due).step();
          }
        });
  }

  /** One bucket's sweep. */
  private final class BucketSweep {
    private final Expiring bucket;
    private final ArrayDeque<Expiring> due;
    private final long begunMillis;
    private final ExpirySweep sweep;

    BucketSweep(Expiring bucket, KvView view, ArrayDeque<Expiring> due) {
      this.bucket = bucket;
      this.due = due;
      this.begunMillis = clock.clusterMillis();
      this.sweep = new ExpirySweep(view, begunMillis - bucket.ttl.toMillis(), batchBytes);
    }

    void step() {
      if (ticker.incarnation() == 0 || !owned.serves(bucket.id, bucket.epoch)) {
        end();
        return;
      }
      loop.handle(
          CompletableFuture.supplyAsync(sweep::next, scans),
          (found, failure) -> {
            if (failure != null) {
              failed(failure);
            } else {
              found(found);
            }
          });
    }

    private void found(Optional<BinaryList> keys) {
      if (keys.isEmpty()) {
        // Rows written since the sweep began are younger than that.
        long oldest = Math.min(begunMillis, sweep.oldestLeft());
        dueMillis.put(bucket, oldest + bucket.ttl.toMillis());
        end();
      } else if (keys.get().count() == 0) {
        step();
      } else {
        loop.handle(
            owned.expire(bucket.id, keys.get()),
            (committed, failure) -> {
              if (failure != null) {
                failed(failure);
              } else {
                step();
              }
            });
      }
    }

    private void failed(Throwable failure) {
      log.info(
          "rows of bucket {} did not expire, it is tried again: {}", bucket.id, failure.toString());
      end();
    }

    private void end() {
      loop.handle(
          CompletableFuture.runAsync(sweep::close, scans),
          (closed, failure) -> {
            if (failure != null) {
              log.warn("a view of bucket {} was not closed", bucket.id, failure);
            }
            next(due);
          });
    }
  }
}
