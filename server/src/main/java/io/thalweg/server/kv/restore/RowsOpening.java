package io.thalweg.server.kv.restore;

import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kv.KvManifest;
import io.thalweg.format.kv.KvObject;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvStores;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the rows of a bucket without replaying its log: from the local disk, or from the last
 * snapshot if the log begins after the local rows, or if that saves much replaying. Owned by the
 * server's loop; works on the executor for files.
 */
public final class RowsOpening {
  private static final Logger log = LoggerFactory.getLogger(RowsOpening.class);

  private final ObjectStore objects;
  private final KvStores stores;
  private final Executor files;
  private final Clock clock;
  private final long restoreLag;

  /** Rows that were opened, and the manifest of the snapshot that they come from, if any. */
  public record Opened(KvStore store, Optional<KvObject> restoredFrom) {}

  /**
   * Opens rows from the local disk or from {@code objects}.
   *
   * @param restoreLag local rows are used if they lack fewer records of the last snapshot than this
   */
  public RowsOpening(ServerContext context, KvStores stores, Executor files, long restoreLag) {
    this.objects = context.store();
    this.stores = stores;
    this.files = files;
    this.clock = context.clock();
    this.restoreLag = restoreLag;
  }

  /**
   * Opens the rows at some offset from which the bucket's log can be replayed. A snapshot that is
   * bad is passed over where the log reaches back to the local rows or to its beginning. Fails with
   * {@link RestoreFailedException} if a snapshot could not be restored.
   *
   * @param local the bucket's name on the local disk
   * @param suspicion how often its snapshot was found damaged
   * @param discard whether the local rows are thrown away first
   */
  public CompletableFuture<Opened> open(
      TableBucket id,
      TableBucket local,
      SnapshotSuspicion suspicion,
      boolean discard,
      BucketState bucket) {
    KvSnapshot snapshot = bucket.kvSnapshot().orElse(null);
    long start = bucket.log().startOffset();
    long end = bucket.log().endOffset();
    boolean bad = snapshot != null && suspicion.isBad(snapshot.manifest());
    KvSnapshot wanted = bad && start == 0 ? null : snapshot;
    long allowedLag = bad ? Long.MAX_VALUE : restoreLag;
    return CompletableFuture.supplyAsync(
            () -> openLocal(id, local, start, end, wanted, allowedLag, discard), files)
        .thenCompose(
            usable -> {
              if (usable != null) {
                return CompletableFuture.completedFuture(new Opened(usable, Optional.empty()));
              }
              return restore(id, local, wanted);
            });
  }

  private CompletableFuture<Opened> restore(
      TableBucket id, TableBucket local, KvSnapshot snapshot) {
    return new SnapshotDownload(local, snapshot, objects, stores, files, clock)
        .run()
        .thenApply(restored -> new Opened(told(id, restored), Optional.of(snapshot.manifest())))
        .exceptionallyCompose(
            failure -> {
              Throwable cause = EventLoop.unwrapped(failure);
              return CompletableFuture.failedFuture(
                  new RestoreFailedException(snapshot.manifest(), isDamage(cause), cause));
            });
  }

  /** Whether a failed opening says that the snapshot itself is damaged or incomplete. */
  private static boolean isDamage(Throwable failure) {
    return (failure instanceof ThalwegException error && error.code() == ErrorCode.CORRUPT_DATA)
        || failure instanceof KvStoreException
        || (failure instanceof ObjectStoreException store
            && (store.kind() == ObjectStoreException.Kind.NOT_FOUND
                || store.kind() == ObjectStoreException.Kind.INVALID));
  }

  private static KvStore told(TableBucket id, SnapshotDownload.Restored restored) {
    KvManifest manifest = restored.manifest();
    log.info(
        "the rows of bucket {} at offset {} are restored: {} files, {} bytes, downloaded in {} ms,"
            + " opened in {} ms",
        id,
        manifest.offset(),
        manifest.files().size(),
        manifest.files().stream().mapToLong(KvManifest.File::size).sum(),
        restored.downloadNanos() / 1_000_000,
        restored.openNanos() / 1_000_000);
    return restored.store();
  }

  /** The local rows; null where the snapshot is better. */
  private KvStore openLocal(
      TableBucket id,
      TableBucket name,
      long start,
      long end,
      KvSnapshot snapshot,
      long allowedLag,
      boolean discard) {
    if (discard && !stores.drop(name)) {
      throw new IllegalStateException("the local rows of bucket " + id + " are in use");
    }
    KvStore local = stores.open(name);
    long offset = local.offset();
    boolean usable = offset >= start && offset <= end;
    if (usable && (snapshot == null || snapshot.offset() - offset < allowedLag)) {
      return local;
    }
    log.info(
        "the local rows of bucket {} end at {}, its log is [{}, {}): {}",
        id,
        offset,
        start,
        end,
        snapshot == null ? "from its beginning" : "from the snapshot at " + snapshot.offset());
    local.close();
    if (snapshot != null) {
      return null;
    }
    if (!stores.drop(name)) {
      throw new IllegalStateException("the local rows of bucket " + id + " are in use");
    }
    return stores.open(name);
  }
}
