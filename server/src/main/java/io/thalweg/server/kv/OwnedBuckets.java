package io.thalweg.server.kv;

import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.BucketWriters;
import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.format.kv.KvObject;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.Principal;
import io.thalweg.server.kv.restore.ChangelogReplay;
import io.thalweg.server.kv.restore.LocalRows;
import io.thalweg.server.kv.restore.RestoreFailedException;
import io.thalweg.server.kv.restore.RowsOpening;
import io.thalweg.server.kv.restore.SnapshotMaker;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.rows.RowCache;
import io.thalweg.server.kv.scan.OpenScan;
import io.thalweg.server.kv.scan.OpenScans;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.kv.write.KvBucket;
import io.thalweg.server.kv.write.UpsertRows;
import io.thalweg.server.kv.write.Upserted;
import io.thalweg.server.kv.write.WriteContext;
import io.thalweg.server.read.Fetcher;
import io.thalweg.server.replica.ClusterClock;
import io.thalweg.server.replica.CurrentReads;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import io.thalweg.server.write.GroupWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The buckets with a primary key that this server owns: makes their rows complete when it becomes
 * the owner, and lets go of them when it no longer is. Owned by the server's loop; the buckets
 * themselves by the rows' loop.
 */
public final class OwnedBuckets implements Replica.Listener, SnapshotMaker.ServedRows {
  private static final Logger log = LoggerFactory.getLogger(OwnedBuckets.class);

  /** How often the wait before opening rows again doubles: to 1.6 s. */
  private static final int MOST_DOUBLINGS = 3;

  /** The same where their snapshot is known to be damaged: to half a minute or so. */
  private static final int BAD_DOUBLINGS = 7;

  private static final long OPEN_WAIT_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long RETRY_NANOS = Duration.ofMillis(200).toNanos();

  private final EventLoop loop;
  private final EventLoop rowsLoop;
  private final Clock clock;
  private final ClusterClock clusterClock;
  private final Replica replica;
  private final Proposer proposer;
  private final GroupWriter writer;
  private final Ownership ownership;
  private final CurrentReads current;
  private final RowsOpening rows;
  private final ChangelogReplay replay;
  private final LocalRows local;
  private final SnapshotMaker snapshots;
  private final Executor files;
  private final WriteContext writing;
  private final KvRules rules;
  private final OpenScans scans;
  private final RowsAccess access;
  private final TableWrites writes;
  private final Map<TableBucket, Owned> owned = new TreeMap<>();
  private int opening;
  private long damages;

  /**
   * Owns nothing until {@link #open}.
   *
   * @param rowsLoop owns the rows; may wait for the local disk
   * @param files runs what takes long: opening and restoring local state
   * @param batchMax largest batch of changes, in bytes
   */
  public OwnedBuckets(
      EventLoop loop,
      EventLoop rowsLoop,
      Clock clock,
      Replica replica,
      Proposer proposer,
      ObjectStore objects,
      Fetcher fetcher,
      GroupWriter writer,
      KvStores stores,
      Executor files,
      BufferAllocator allocator,
      int batchMax,
      KvConfig config,
      Limits limits,
      KvRules rules) {
    this.loop = loop;
    this.rowsLoop = rowsLoop;
    this.clock = clock;
    this.clusterClock = new ClusterClock(clock, replica);
    this.replica = replica;
    this.proposer = proposer;
    this.writer = writer;
    this.ownership = new Ownership(replica);
    this.current = new CurrentReads(replica);
    this.rows = new RowsOpening(objects, stores, files, clock, config.restoreLag());
    this.replay = new ChangelogReplay(loop, rowsLoop, replica, fetcher, allocator, rules);
    this.local = new LocalRows(loop, replica, stores, files);
    this.snapshots =
        new SnapshotMaker(
            loop,
            clock,
            replica,
            proposer,
            objects,
            writer,
            this,
            files,
            config.snapshotInterval());
    this.files = files;
    this.writing =
        new WriteContext(
            rowsLoop,
            clusterClock,
            clusterClock::clusterMillis,
            limits,
            new RowCache(rowsLoop, config.rowCache()),
            allocator,
            batchMax,
            config.underWayMax(),
            rules);
    this.rules = rules;
    this.scans = new OpenScans(loop, clock, config.reads());
    this.access = new RowsAccess(loop, rowsLoop, replica, ownership, owned, OPEN_WAIT_NANOS);
    this.writes = new TableWrites(loop, rowsLoop, replica, ownership, owned, OPEN_WAIT_NANOS);
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

  /** Waits for what is being opened, which closes itself when it finds that it was lost. */
  private void closeWhenIdle(CompletableFuture<Void> closed) {
    if (opening > 0) {
      loop.schedule(RETRY_NANOS, () -> closeWhenIdle(closed));
    } else {
      rowsLoop.execute(() -> files.execute(() -> closed.complete(null)));
    }
  }

  @Override
  public void applied(Command command, Reply reply) {
    if (command instanceof Command.OpenIncarnation
        || command instanceof Command.CloseIncarnation
        || command instanceof Command.AssignOwners
        || command instanceof Command.DropTable) {
      check();
    }
    if (command instanceof Command.DropTable) {
      local.sweep();
    }
  }

  @Override
  public void jumped() {
    check();
    local.sweep();
  }

  /** Brings what is open here in line with what the replica says. */
  private void check() {
    owned
        .values()
        .removeIf(
            each -> {
              boolean mine = ownership.owns(each.id, each.epoch);
              if (!mine) {
                lose(each);
              }
              return !mine;
            });
    if (ownership.incarnation() == 0) {
      return;
    }
    for (TableBucket id : replica.state().owners().of(ownership.incarnation())) {
      BucketState bucket = replica.state().bucket(id).orElseThrow();
      if (bucket.keyed() && !owned.containsKey(id)) {
        TableInfo table = replica.state().catalog().table(id.tableId()).orElseThrow();
        Owned mine = new Owned(table, id, bucket.ownerEpoch());
        owned.put(mine.id, mine);
        opening++;
        openStore(mine);
      }
    }
  }

  private void lose(Owned mine) {
    mine.lost = true;
    // Their views keep the local rows open, which may be wanted again soon.
    scans.lost(mine.id);
    if (mine.bucket != null) {
      rowsLoop.execute(mine.bucket::close);
    }
    // Not before the caller has forgotten the bucket: each is told who owns it now.
    loop.execute(() -> goOn(mine));
  }

  /**
   * Opens the rows once this server knows all that was committed before: what its own incarnation
   * appended in the same epoch may not have come by the feed yet.
   */
  private void openStore(Owned mine) {
    if (rules.servesBehindLog()) {
      openRows(mine);
      return;
    }
    loop.handle(
        current.current(),
        (now, failure) -> {
          if (failure != null) {
            log.info("the rows of bucket {} wait for the coordinator", mine.id, failure);
            loop.schedule(RETRY_NANOS, () -> openAgain(mine));
          } else if (mine.lost) {
            opening--;
          } else {
            openRows(mine);
          }
        });
  }

  private void openRows(Owned mine) {
    BucketState bucket = replica.state().bucket(mine.id).orElseThrow();
    loop.handle(
        rows.open(mine.id, mine.local, mine.suspicion, mine.discard, bucket),
        (opened, failure) -> {
          if (failure != null) {
            openFailed(mine, failure);
          } else {
            KvStore store = opened.store();
            mine.restoredFrom = opened.restoredFrom().orElse(null);
            mine.discard = false;
            mine.replayNanos = clock.nanoTime();
            mine.replayFrom = store.offset();
            replay.run(
                mine.table, mine.id, store, () -> mine.lost, end -> replayed(mine, store, end));
          }
        });
  }

  /**
   * Tries again, after a wait that grows: longest where the only way is a snapshot that is damaged,
   * which seldom mends by itself.
   */
  private void openFailed(Owned mine, Throwable failure) {
    mine.restoredFrom = failure instanceof RestoreFailedException tried ? tried.manifest() : null;
    boolean bad = mine.restoredFrom != null && mine.suspicion.isBad(mine.restoredFrom);
    long wait = RETRY_NANOS << Math.min(mine.failures, bad ? BAD_DOUBLINGS : MOST_DOUBLINGS);
    if (mine.failures++ == 0) {
      log.error("the rows of bucket {} cannot be opened; trying again", mine.id, failure);
    } else {
      log.warn(
          "the rows of bucket {} cannot be opened, {} times by now; again in {} ms: {}",
          mine.id,
          mine.failures,
          wait / 1_000_000,
          failure.toString());
    }
    if (failure instanceof RestoreFailedException tried && tried.damaged()) {
      suspect(mine);
    }
    loop.schedule(wait, () -> openAgain(mine));
  }

  private void suspect(Owned mine) {
    KvObject manifest = mine.restoredFrom;
    boolean known = mine.suspicion.isBad(manifest);
    mine.suspicion = mine.suspicion.with(manifest);
    if (!known && mine.suspicion.isBad(manifest)) {
      snapshots.forget(mine.id);
      log.error(
          "the row snapshot {} of bucket {} is damaged ({} damaged snapshots and local stores since"
              + " the start); its rows are made from the log where that reaches back",
          manifest.key(),
          mine.id,
          ++damages);
    }
  }

  /** Throws the local rows away: the snapshot and the log make them anew. */
  private void damaged(Owned mine, KvStoreException what) {
    if (mine.lost) {
      return;
    }
    log.error(
        "the local rows of bucket {} are damaged ({} damaged snapshots and local stores since the"
            + " start); they are thrown away and made anew",
        mine.id,
        ++damages,
        what);
    if (mine.restoredFrom != null) {
      suspect(mine);
    }
    reopen(mine, true);
  }

  private void reopen(Owned mine, boolean discard) {
    Owned anew = mine.anew();
    anew.discard = discard;
    owned.put(anew.id, anew);
    lose(mine);
    opening++;
    loop.schedule(RETRY_NANOS, () -> openAgain(anew));
  }

  private void openAgain(Owned mine) {
    if (mine.lost) {
      opening--;
    } else {
      openStore(mine);
    }
  }

  private void replayed(Owned mine, KvStore store, ChangelogReplay.End end) {
    switch (end) {
      case COMPLETE -> serve(mine, store);
      case LOST -> giveUp(store);
      case LOG_BEGINS_LATER -> openAnew(mine, store);
      case DAMAGED -> {
        if (mine.restoredFrom != null) {
          suspect(mine);
        }
        mine.discard = true;
        openAnew(mine, store);
      }
    }
  }

  private void openAnew(Owned mine, KvStore store) {
    rowsLoop.execute(
        () -> {
          store.close();
          loop.execute(() -> openAgain(mine));
        });
  }

  private void giveUp(KvStore store) {
    rowsLoop.execute(
        () -> {
          store.close();
          loop.execute(() -> opening--);
        });
  }

  /** What rows are stamped with, and by which their time is up. */
  ClusterClock clusterClock() {
    return clusterClock;
  }

  private void serve(Owned mine, KvStore store) {
    opening--;
    BucketWriters writers = replica.state().bucket(mine.id).orElseThrow().writers().copy();
    mine.bucket =
        new KvBucket(
            writing,
            mine.table,
            mine.id,
            mine.epoch,
            new ServerLog(
                loop,
                replica,
                proposer,
                current,
                ownership,
                writer,
                mine.table,
                TableOptions.from(mine.table.descriptor().properties()).writeMode(),
                () -> behind(mine),
                what -> damaged(mine, what)),
            store,
            writers);
    log.info(
        "bucket {} is served in epoch {}: {} changes replayed in {} ms",
        mine.id,
        mine.epoch,
        replica.state().bucket(mine.id).orElseThrow().log().endOffset() - mine.replayFrom,
        (clock.nanoTime() - mine.replayNanos) / 1_000_000);
    goOn(mine);
  }

  private void goOn(Owned mine) {
    mine.goOn();
    writes.goOn(mine.id.tableId());
  }

  private void behind(Owned mine) {
    if (!mine.lost) {
      log.warn("the rows of bucket {} are behind its log; opened anew", mine.id);
      reopen(mine, false);
    }
  }

  @Override
  public List<TableBucket> serving() {
    return owned.values().stream()
        .filter(each -> each.bucket != null)
        .map(each -> each.id)
        .toList();
  }

  @Override
  public CompletableFuture<KvCheckpoint> checkpoint(TableBucket id) {
    return access.onOwned(id, bucket -> CompletableFuture.completedFuture(bucket.checkpoint()));
  }

  @Override
  public void readFailed(TableBucket id, KvStoreException failure) {
    Owned mine = owned.get(id);
    if (mine != null && mine.bucket != null) {
      KvBucket bucket = mine.bucket;
      rowsLoop.execute(() -> bucket.failed(failure));
    }
  }

  /** Whether the bucket's rows are complete here, in that epoch. */
  boolean serves(TableBucket id, int epoch) {
    Owned mine = owned.get(id);
    return mine != null && mine.bucket != null && mine.epoch == epoch;
  }

  /** The committed rows of a bucket with their times; closed by the caller. */
  CompletableFuture<KvView> storedView(TableBucket id) {
    return access.onOwned(id, bucket -> CompletableFuture.completedFuture(bucket.storedView()));
  }

  /** Ends rows of a bucket that are too old. */
  CompletableFuture<Upserted> expire(TableBucket id, BinaryList keys) {
    return access.onOwned(id, bucket -> bucket.expire(keys));
  }

  /** Writes the rows of one request, by bucket; an answer for each. */
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

  /** Begins a scan, on the server's loop. */
  OpenScan beginScan(Principal who, TableInfo table, List<Integer> buckets, Executor executor) {
    return scans.begin(ownership.incarnation(), who, table, buckets, executor);
  }

  /** Runs a task on the server's loop. */
  void onLoop(Runnable task) {
    loop.execute(task);
  }
}
