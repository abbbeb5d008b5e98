package io.thalweg.server.kv.restore;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.kv.KvManifest;
import io.thalweg.format.kv.KvObject;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.wal.WalObject;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Counter;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.meter.ServerMeters;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import io.thalweg.server.write.GroupWriter;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes snapshots of the rows of this server's buckets, one at a time. The next bucket is the one
 * whose last try is longest ago, once that is at least the interval and its log has grown. Owned by
 * the server's loop.
 */
public final class SnapshotMaker {
  private static final Logger log = LoggerFactory.getLogger(SnapshotMaker.class);
  private static final Duration CHECK = Duration.ofSeconds(1);

  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final Proposer proposer;
  private final ObjectStore store;
  private final GroupWriter writer;
  private final ServedRows owned;
  private final Executor files;
  private final Duration interval;
  private final Counter kept;
  private final Counter keptBytes;
  private final Histogram time;
  private final Ticker ticker;
  private final Map<TableBucket, Last> last = new TreeMap<>();

  /** Buckets that may have rows which no snapshot has; all others are left alone. */
  private final Set<TableBucket> grown = new TreeSet<>();

  private CompletableFuture<Void> working = CompletableFuture.completedFuture(null);
  private long beganNanos;

  /** When a bucket's last snapshot was tried, and the manifest that this server knows. */
  private record Last(int epoch, long nanos, KvManifest manifest) {}

  /** The buckets that are served here, as {@link SnapshotMaker} sees them. On the server's loop. */
  public interface ServedRows {
    /** Whether the bucket's rows are complete here. */
    boolean serves(TableBucket id);

    /** The files of a bucket's rows; the caller closes them. */
    CompletableFuture<KvCheckpoint> checkpoint(TableBucket id);

    /** The files of a bucket's rows could not be read. */
    void readFailed(TableBucket id, KvStoreException failure);
  }

  /**
   * Makes nothing until {@link #open}.
   *
   * @param interval how old a bucket's last snapshot may grow while its log grows
   */
  public SnapshotMaker(
      ServerContext context,
      GroupWriter writer,
      ServedRows owned,
      Executor files,
      Duration interval) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.store = context.store();
    this.writer = writer;
    this.owned = owned;
    this.files = files;
    this.interval = interval;
    this.kept = context.meters().counter(ServerMeters.SNAPSHOTS);
    this.keptBytes = context.meters().counter(ServerMeters.SNAPSHOT_BYTES);
    this.time = context.meters().histogram(ServerMeters.SNAPSHOT_TIME);
    this.ticker = new Ticker(loop, CHECK, this::check);
  }

  /** Makes snapshots for {@code incarnation} from now on. */
  public void open(long incarnation) {
    ticker.open(incarnation);
  }

  /** Rests; completes once no checkpoint is open. */
  public CompletableFuture<Void> close() {
    ticker.close();
    last.clear();
    grown.clear();
    return working;
  }

  /** The bucket's rows are served now, or its log or its snapshot changed. */
  public void changed(TableBucket id) {
    grown.add(id);
  }

  /** The bucket is not this server's any more. */
  public void lost(TableBucket id) {
    grown.remove(id);
    last.remove(id);
  }

  private void check() {
    if (!working.isDone()) {
      return;
    }
    next().ifPresent(this::make);
  }

  private Optional<TableBucket> next() {
    long now = clock.nanoTime();
    TableBucket oldest = null;
    for (TableBucket id : List.copyOf(grown)) {
      Optional<BucketState> bucket = replica.state().bucket(id).filter(each -> owned.serves(id));
      if (bucket.isEmpty()) {
        grown.remove(id);
        continue;
      }
      int epoch = bucket.get().ownerEpoch();
      Last before = last.get(id);
      if (before == null || before.epoch != epoch) {
        // A new owner begins its interval now: it does not know the manifest of the owner before.
        before = new Last(epoch, now, null);
        last.put(id, before);
      }
      if (!hasGrown(bucket.get())) {
        grown.remove(id);
      } else if (now - before.nanos >= interval.toNanos()
          && (oldest == null || before.nanos - last.get(oldest).nanos < 0)) {
        oldest = id;
      }
    }
    return Optional.ofNullable(oldest);
  }

  private static boolean hasGrown(BucketState bucket) {
    long kept = bucket.kvSnapshot().map(KvSnapshot::offset).orElse(0L);
    return bucket.log().endOffset() > kept;
  }

  private void make(TableBucket id) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    working = done;
    beganNanos = clock.nanoTime();
    Last before = last.get(id);
    loop.handle(
        owned.checkpoint(id),
        (checkpoint, failure) -> {
          if (failure != null) {
            log.warn("no checkpoint of the rows of bucket {}: {}", id, failure.toString());
            end(id, before, before.manifest, done);
          } else {
            upload(id, before, checkpoint, done);
          }
        });
  }

  private void upload(
      TableBucket id, Last before, KvCheckpoint checkpoint, CompletableFuture<Void> done) {
    loop.handle(
        new SnapshotUpload(checkpoint, before.manifest, store, () -> name(id), files).run(),
        (uploaded, failure) -> {
          // Nothing reads the checkpoint any more, even after a failure.
          files.execute(checkpoint::close);
          if (failure != null || ticker.incarnation() == 0) {
            log.warn("no snapshot of the rows of bucket {}: {}", id, String.valueOf(failure));
            if (failure instanceof KvStoreException unreadable) {
              owned.readFailed(id, unreadable);
            }
            end(id, before, before.manifest, done);
          } else {
            commit(id, before, uploaded, done);
          }
        });
  }

  private CompletableFuture<KvObject> name(TableBucket id) {
    CompletableFuture<KvObject> name = new CompletableFuture<>();
    loop.execute(
        () -> {
          WalObject next = writer.nextObject();
          name.complete(new KvObject(id, next.incarnation(), next.sequence()));
        });
    return name;
  }

  private void commit(
      TableBucket id, Last before, SnapshotUpload.Uploaded made, CompletableFuture<Void> done) {
    loop.handle(
        proposer.propose(
            new Command.CommitKvSnapshot(
                id, ticker.incarnation(), before.epoch, made.snapshot(), clock.wallMillis())),
        (reply, failure) -> {
          if (failure != null) {
            log.warn("the snapshot of bucket {} was not committed: {}", id, failure.toString());
          } else {
            kept.increment();
            keptBytes.add(newBytes(made.manifest(), before.manifest));
            time.record(clock.nanoTime() - beganNanos);
            log.info("the rows of bucket {} are kept at offset {}", id, made.manifest().offset());
          }
          // After an unknown outcome the files may be in use or garbage, so none is used again.
          end(id, before, failure == null ? made.manifest() : null, done);
        });
  }

  private static long newBytes(KvManifest made, KvManifest before) {
    Set<KvObject> had = new HashSet<>();
    if (before != null) {
      before.files().forEach(file -> had.add(file.object()));
    }
    return made.files().stream()
        .filter(file -> !had.contains(file.object()))
        .mapToLong(KvManifest.File::size)
        .sum();
  }

  /** The bucket's last snapshot is damaged: the next one shares no file with it. */
  public void forget(TableBucket id) {
    last.computeIfPresent(id, (same, was) -> new Last(was.epoch, was.nanos, null));
  }

  private void end(TableBucket id, Last before, KvManifest manifest, CompletableFuture<Void> done) {
    // Not of a bucket that was lost meanwhile.
    last.replace(id, new Last(before.epoch, clock.nanoTime(), manifest));
    done.complete(null);
  }
}
