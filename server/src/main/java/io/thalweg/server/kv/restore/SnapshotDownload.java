package io.thalweg.server.kv.restore;

import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kv.KvManifest;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.server.kv.store.KvFile;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStores;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.zip.CRC32C;

/**
 * Restores a bucket's rows from a snapshot in the object store, several files at a time. One
 * download; it writes local files on the given executor.
 */
final class SnapshotDownload {
  private static final int PIECE_BYTES = 8 << 20;
  private static final int FILES_AT_ONCE = 4;

  private final TableBucket bucket;
  private final KvSnapshot snapshot;
  private final ObjectStore store;
  private final KvStores stores;
  private final Executor files;
  private final Clock clock;

  /** The restored rows, and how long downloading and opening took. */
  record Restored(KvStore store, KvManifest manifest, long downloadNanos, long openNanos) {}

  SnapshotDownload(
      TableBucket bucket,
      KvSnapshot snapshot,
      ObjectStore store,
      KvStores stores,
      Executor files,
      Clock clock) {
    this.bucket = bucket;
    this.snapshot = snapshot;
    this.store = store;
    this.stores = stores;
    this.files = files;
    this.clock = clock;
  }

  /** The manifest of the snapshot, checked. */
  CompletableFuture<KvManifest> manifest() {
    return store
        .get(snapshot.manifest().key(), 0, snapshot.manifestLength())
        .thenApply(
            bytes -> {
              CRC32C crc = new CRC32C();
              crc.update(bytes.duplicate());
              if ((int) crc.getValue() != snapshot.manifestCrc()) {
                throw ThalwegException.corrupt(
                    "the manifest "
                        + snapshot.manifest().key()
                        + " of the rows of bucket "
                        + bucket.bucket()
                        + " has a wrong checksum");
              }
              return KvManifest.decode(bytes);
            });
  }

  /** Downloads and opens. The bucket's local store is not open meanwhile. */
  CompletableFuture<Restored> run() {
    long begin = clock.nanoTime();
    return manifest()
        .thenComposeAsync(
            manifest -> {
              KvRestore restore = stores.restore(bucket);
              return download(manifest, restore)
                  .thenApplyAsync(done -> opened(manifest, restore, begin), files)
                  .whenCompleteAsync((done, failure) -> restore.close(), files);
            },
            files);
  }

  private Restored opened(KvManifest manifest, KvRestore restore, long begin) {
    long downloaded = clock.nanoTime();
    KvStore opened = open(manifest, restore);
    return new Restored(opened, manifest, downloaded - begin, clock.nanoTime() - downloaded);
  }

  private static KvStore open(KvManifest manifest, KvRestore restore) {
    KvStore opened =
        restore.open(
            manifest.files().stream()
                .map(file -> new KvFile(file.name(), file.size(), file.sha256()))
                .toList());
    if (opened.offset() != manifest.offset()) {
      long offset = opened.offset();
      opened.close();
      throw ThalwegException.corrupt(
          "rows restored at offset " + offset + ", the manifest says " + manifest.offset());
    }
    return opened;
  }

  private CompletableFuture<Void> download(KvManifest manifest, KvRestore restore) {
    Iterator<KvManifest.File> next = manifest.files().iterator();
    List<CompletableFuture<Void>> takers = new ArrayList<>();
    for (int i = 0; i < FILES_AT_ONCE; i++) {
      takers.add(takeFiles(next, restore));
    }
    return CompletableFuture.allOf(takers.toArray(CompletableFuture[]::new));
  }

  /**
   * Downloads one file after the other. The takers share {@code next}, which only the executor
   * touches.
   */
  private CompletableFuture<Void> takeFiles(Iterator<KvManifest.File> next, KvRestore restore) {
    return CompletableFuture.supplyAsync(() -> next.hasNext() ? next.next() : null, files)
        .thenCompose(
            file ->
                file == null
                    ? CompletableFuture.completedFuture(null)
                    : piece(file, restore, 0).thenCompose(done -> takeFiles(next, restore)));
  }

  private CompletableFuture<Void> piece(KvManifest.File file, KvRestore restore, long position) {
    int length = (int) Math.min(PIECE_BYTES, file.size() - position);
    if (length == 0) {
      return position > 0
          ? CompletableFuture.completedFuture(null)
          : CompletableFuture.runAsync(
              () -> restore.write(file.name(), ByteBuffer.allocate(0)), files);
    }
    return store
        .get(file.object().key(), position, length)
        .thenAcceptAsync(bytes -> restore.write(file.name(), bytes), files)
        .thenCompose(written -> piece(file, restore, position + length));
  }
}
