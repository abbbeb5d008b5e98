package io.thalweg.server.kv;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.BucketWriters;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.Principal;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.restore.LocalRows;
import io.thalweg.server.kv.restore.SnapshotMaker;
import io.thalweg.server.kv.rows.RowBudget;
import io.thalweg.server.kv.rows.RowCache;
import io.thalweg.server.kv.scan.OpenScan;
import io.thalweg.server.kv.scan.OpenScans;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.kv.write.KvBucket;
import io.thalweg.server.kv.write.UpsertRows;
import io.thalweg.server.kv.write.Upserted;
import io.thalweg.server.kv.write.WriteContext;
import io.thalweg.server.meter.CacheMeters;
import io.thalweg.server.meter.ServerMeters;
import io.thalweg.server.read.Fetcher;
import io.thalweg.server.replica.ClusterClock;
import io.thalweg.server.replica.CurrentReads;
import io.thalweg.server.replica.Replica;
import io.thalweg.server.write.GroupWriter;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the buckets of primary-key tables that this server owns. It has their rows opened when this
 * server becomes the owner ({@link BucketOpener}), and lets them go when it no longer is. Owned by
 * the server's loop; the rows of each bucket by one of the rows loops.
 */
public final class OwnedBuckets implements Replica.Listener, SnapshotMaker.ServedRows {
  private static final Logger log = LoggerFactory.getLogger(OwnedBuckets.class);

  private static final long OPEN_WAIT_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long CLOSE_CHECK_NANOS = Duration.ofMillis(200).toNanos();

  private final ServerContext context;
  private final EventLoop loop;
  private final RowsLoops rowsLoops;
  private final Executor files;
  private final ClusterClock clusterClock;
  private final Replica replica;
  private final GroupWriter writer;
  private final Ownership ownership;
  private final CurrentReads current;
  private final BucketOpener opener;
  private final LocalRows local;
  private final SnapshotMaker snapshots;
  private final IdentityHashMap<EventLoop, WriteContext> writing = new IdentityHashMap<>();
  private final OpenScans scans;
  private final RowsAccess access;
  private final TableWrites writes;
  private final Map<TableBucket, OwnedBucket> owned = new TreeMap<>();

  /** Owns nothing until {@link #open}. */
  public OwnedBuckets(
      String serverId, ServerContext context, KvContext kv, Fetcher fetcher, GroupWriter writer) {
    this.context = context;
    this.loop = context.loop();
    this.rowsLoops = kv.rowsLoops();
    this.files = kv.files();
    this.clusterClock = new ClusterClock(context.clock(), context.replica());
    this.replica = context.replica();
    this.writer = writer;
    this.ownership = new Ownership(replica, serverId);
    this.current = new CurrentReads(replica);
    this.opener = new BucketOpener(context, kv, current, fetcher, new OpenedRows());
    this.local = new LocalRows(context, kv.stores(), files);
    this.snapshots =
        new SnapshotMaker(context, writer, this, files, kv.config().snapshotInterval());
    RowBudget rows = new RowBudget(kv.config().rowCache());
    for (int i = 0; i < rowsLoops.loops().size(); i++) {
      writing.put(rowsLoops.loops().get(i), writing(i, rows, kv));
    }
    this.scans =
        new OpenScans(
            loop,
            context.clock(),
            kv.config().reads(),
            context.meters().gauge(ServerMeters.SCANS_OPEN));
    this.access = new RowsAccess(context, ownership, owned, OPEN_WAIT_NANOS);
    this.writes = new TableWrites(context, ownership, owned, OPEN_WAIT_NANOS);
  }

  private WriteContext writing(int number, RowBudget rows, KvContext kv) {
    EventLoop rowsLoop = rowsLoops.loops().get(number);
    return new WriteContext(
        rowsLoop,
        clusterClock,
        clusterClock::clusterMillis,
        replica.tables()::latest,
        kv.limits(),
        new RowCache(rowsLoop, rows, new CacheMeters(context.meters(), "rows-" + number)),
        context.allocator(),
        kv.batchMax(),
        kv.config().underWayMax(),
        kv.rules());
  }

  /** Begins to own what belongs to {@code newIncarnation}. */
  public void open(long newIncarnation) {
    loop.assertInLoop();
    ownership.open(newIncarnation);
    snapshots.open(newIncarnation);
    check();
    local.open();
  }

  /** Owns nothing any more. Completes once no local state is open. */
  public CompletableFuture<Void> close() {
    loop.assertInLoop();
    ownership.open(0);
    scans.close();
    CompletableFuture<Void> closed = new CompletableFuture<>();
    loop.handle(
        CompletableFuture.allOf(snapshots.close(), local.close()),
        (resting, never) -> {
          check();
          closeWhenIdle(closed);
        });
    return closed;
  }

  /**
   * Waits for rows that are being opened: the opener closes them once it finds that they are lost.
   */
  private void closeWhenIdle(CompletableFuture<Void> closed) {
    if (opener.isBusy()) {
      loop.schedule(CLOSE_CHECK_NANOS, () -> closeWhenIdle(closed));
    } else {
      loop.handle(rowsLoops.drained(), (done, never) -> files.execute(() -> closed.complete(null)));
    }
  }

  @Override
  public void applied(Command command, Reply reply) {
    if (command.dropsBuckets()) {
      local.sweep();
    }
  }

  @Override
  public void bucketsChanged(Set<TableBucket> buckets) {
    buckets.forEach(this::look);
  }

  @Override
  public void jumped() {
    check();
    local.sweep();
  }

  /** Looks at all buckets that are open here, and at all that this server owns. */
  private void check() {
    List.copyOf(owned.keySet()).forEach(this::look);
    if (ownership.incarnation() != 0) {
      replica.state().owners().of(ownership.incarnation()).forEach(this::look);
    }
  }

  /** Lets the bucket go, or has it opened, as the replica says who owns it. */
  private void look(TableBucket id) {
    OwnedBucket mine = owned.get(id);
    if (mine != null && ownership.owns(id, mine.epoch())) {
      snapshots.changed(id);
      return;
    }
    if (mine != null) {
      owned.remove(id);
      snapshots.lost(id);
      lose(mine);
    }
    BucketState bucket = replica.state().bucket(id).orElse(null);
    if (bucket != null && bucket.keyed() && ownership.owns(id, bucket.ownerEpoch())) {
      TableInfo table = replica.state().catalog().tableOf(id.storage()).orElseThrow();
      OwnedBucket anew = new OwnedBucket(table, id, bucket.ownerEpoch(), rowsLoops.of(id));
      owned.put(id, anew);
      opener.open(anew);
    }
  }

  private void lose(OwnedBucket mine) {
    mine.lose();
    // The views of scans would keep the local rows open, which may be wanted again soon.
    boolean dropped =
        replica.state().bucket(mine.id()).isEmpty()
            && replica.state().catalog().table(mine.table().tableId()).isPresent();
    scans.lost(mine.id(), dropped);
    mine.rows().ifPresent(rows -> mine.rowsLoop().execute(rows::close));
    // Later, when the caller has forgotten the bucket: each request then hears who owns it.
    loop.execute(() -> wake(mine));
  }

  /** Opens the rows of a served bucket anew. */
  private void reopen(OwnedBucket mine, boolean discard) {
    OwnedBucket anew = mine.anew(discard);
    owned.put(anew.id(), anew);
    lose(mine);
    opener.openSoon(anew);
  }

  /** What becomes of the buckets whose rows are opened. */
  private final class OpenedRows implements BucketOpener.Outcome {
    @Override
    public void complete(OwnedBucket mine, KvStore store) {
      BucketWriters writers = replica.state().bucket(mine.id()).orElseThrow().writers().copy();
      ServerLog changelog =
          new ServerLog(context, current, ownership, writer, mine.table(), new Trouble(mine));
      mine.serve(
          new KvBucket(
              writing.get(mine.rowsLoop()),
              mine.table(),
              mine.id(),
              mine.epoch(),
              changelog,
              store,
              writers));
      snapshots.changed(mine.id());
      wake(mine);
    }

    @Override
    public void badSnapshot(TableBucket bucket) {
      snapshots.forget(bucket);
    }
  }

  /** Opens the rows of a served bucket anew if they cannot recover by themselves. */
  private final class Trouble implements ServerLog.Trouble {
    private final OwnedBucket mine;

    Trouble(OwnedBucket mine) {
      this.mine = mine;
    }

    @Override
    public void behind() {
      if (!mine.isLost()) {
        log.warn("the rows of bucket {} are behind its log; opened anew", mine.id());
        reopen(mine, false);
      }
    }

    /** The snapshot and the log make the rows anew. */
    @Override
    public void damaged(KvStoreException what) {
      if (!mine.isLost()) {
        opener.damaged(mine, what);
        reopen(mine, true);
      }
    }
  }

  /** Lets requests that wait for the bucket's rows look again. */
  private void wake(OwnedBucket mine) {
    mine.wake();
    writes.retry(mine.table().tableId());
  }

  /** Stamps rows, and decides when their time is up. */
  ClusterClock clusterClock() {
    return clusterClock;
  }

  @Override
  public boolean serves(TableBucket id) {
    OwnedBucket mine = owned.get(id);
    return mine != null && mine.rows().isPresent();
  }

  /** The buckets whose rows are complete here. */
  List<TableBucket> serving() {
    return owned.values().stream()
        .filter(each -> each.rows().isPresent())
        .map(OwnedBucket::id)
        .toList();
  }

  @Override
  public CompletableFuture<KvCheckpoint> checkpoint(TableBucket id) {
    return access.onOwned(id, bucket -> CompletableFuture.completedFuture(bucket.checkpoint()));
  }

  @Override
  public void readFailed(TableBucket id, KvStoreException failure) {
    OwnedBucket mine = owned.get(id);
    if (mine != null) {
      mine.rows().ifPresent(rows -> mine.rowsLoop().execute(() -> rows.failed(failure)));
    }
  }

  /** Whether the bucket's rows are complete here, in that epoch. */
  boolean serves(TableBucket id, int epoch) {
    return serves(id) && owned.get(id).epoch() == epoch;
  }

  /** The committed rows of a bucket with their times; the caller closes the view. */
  CompletableFuture<KvView> view(TableBucket id) {
    return access.onOwned(id, bucket -> CompletableFuture.completedFuture(bucket.view()));
  }

  /** Ends rows of a bucket that are too old. */
  CompletableFuture<Upserted> expire(TableBucket id, BinaryList keys) {
    return access.onOwned(id, bucket -> bucket.expire(keys));
  }

  /** Writes the rows of one request, by bucket; returns an answer for each bucket. */
  List<CompletableFuture<Upserted>> upsert(TableInfo table, List<UpsertRows> rows) {
    return writes.write(table, rows);
  }

  /** Looks keys up in one bucket, once the replica is current. */
  CompletableFuture<BinaryList> lookup(TableInfo table, TableBucket id, BinaryList keys) {
    return access.read(table, id, bucket -> bucket.lookup(keys));
  }

  /** The rows of one bucket as they are once the replica is current. */
  CompletableFuture<KvView> view(TableInfo table, TableBucket id) {
    return access.read(table, id, KvBucket::view);
  }

  /** The scans of rows of these buckets. */
  OpenScans scans() {
    return scans;
  }

  /** Begins a scan. */
  OpenScan beginScan(Principal who, TableInfo table, List<Integer> buckets, Executor executor) {
    return scans.begin(ownership.incarnation(), who, table, buckets, executor);
  }
}
