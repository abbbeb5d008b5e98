package io.thalweg.server.kv;

import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.KvSnapshot;
import io.thalweg.format.kv.KvManifest;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStores;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the rows of a bucket, as far as they are to be had without its log: what is on the local
 * disk, or the last snapshot where that saves much of the log or the log begins later.
 */
final class RowsOpening {
  private static final Logger log = LoggerFactory.getLogger(RowsOpening.class);

  private final ObjectStore objects;
  private final KvStores stores;
  private final Executor files;
  private final Clock clock;
  private final KvConfig config;

  RowsOpening(ObjectStore objects, KvStores stores, Executor files, Clock clock, KvConfig config) {
    this.objects = objects;
    this.stores = stores;
    this.files = files;
    this.clock = clock;
    this.config = config;
  }

  /**
   * The rows at some offset from which the bucket's log goes on.
   *
   * @param local what local state calls the bucket
   */
  CompletableFuture<KvStore> open(TableBucket id, TableBucket local, BucketState bucket) {
    long start = bucket.log().startOffset();
    long end = bucket.log().endOffset();
    KvSnapshot snapshot = bucket.kvSnapshot().orElse(null);
    return CompletableFuture.supplyAsync(() -> openLocal(id, local, start, end, snapshot), files)
        .thenCompose(
            usable ->
                usable != null
                    ? CompletableFuture.completedFuture(usable)
                    : new SnapshotDownload(local, snapshot, objects, stores, files, clock)
                        .run()
                        .thenApply(restored -> told(id, restored)));
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

  /** What is on the local disk; null where the snapshot is better. */
  private KvStore openLocal(
      TableBucket id, TableBucket name, long start, long end, KvSnapshot snapshot) {
    KvStore local = stores.open(name);
    long offset = local.offset();
    boolean usable = offset >= start && offset <= end;
    if (usable && (snapshot == null || snapshot.offset() - offset < config.restoreLag())) {
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
