package io.thalweg.server.kv.restore;

import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.format.kv.KvManifest;
import io.thalweg.format.kv.KvObject;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * Puts the files of one checkpoint into the object store, except those that the snapshot before it
 * has already. One upload; it reads files on the given executor.
 */
final class SnapshotUpload {
  private static final int PART_BYTES = 8 << 20;

  private final KvCheckpoint checkpoint;
  private final KvManifest before;
  private final ObjectStore store;
  private final Supplier<CompletableFuture<KvObject>> names;
  private final Executor files;

  /** What was put. */
  record Uploaded(KvManifest manifest, KvSnapshot snapshot) {}

  /**
   * An upload.
   *
   * @param before the manifest of the bucket's last snapshot; null for none
   * @param names gives the next object's name; called on any thread
   */
  SnapshotUpload(
      KvCheckpoint checkpoint,
      KvManifest before,
      ObjectStore store,
      Supplier<CompletableFuture<KvObject>> names,
      Executor files) {
    this.checkpoint = checkpoint;
    this.before = before;
    this.store = store;
    this.names = names;
    this.files = files;
  }

  /** Puts the new files, one after the other, then the manifest. */
  CompletableFuture<Uploaded> run() {
    Map<KvFile, KvObject> known = new TreeMap<>(SnapshotUpload::order);
    if (before != null) {
      before
          .files()
          .forEach(
              file ->
                  known.put(new KvFile(file.name(), file.size(), file.sha256()), file.object()));
    }
    List<KvManifest.File> all = new ArrayList<>();
    return CompletableFuture.supplyAsync(checkpoint::files, files)
        .thenCompose(
            there -> {
              CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
              for (KvFile file : there) {
                KvObject object = known.get(file);
                done =
                    object != null
                        ? done.thenRun(() -> all.add(named(file, object)))
                        : done.thenCompose(put -> put(file, all));
              }
              return done;
            })
        .thenCompose(put -> putManifest(new KvManifest(checkpoint.offset(), all)));
  }

  private static KvManifest.File named(KvFile file, KvObject object) {
    return new KvManifest.File(file.name(), file.size(), file.sha256(), object);
  }

  private CompletableFuture<Void> put(KvFile file, List<KvManifest.File> all) {
    return names
        .get()
        .thenComposeAsync(
            object -> put(file, object).thenRun(() -> all.add(named(file, object))), files);
  }

  private static int order(KvFile a, KvFile b) {
    int byName = a.name().compareTo(b.name());
    int bySize = byName != 0 ? byName : Long.compare(a.size(), b.size());
    return bySize != 0 ? bySize : a.sha256().compareTo(b.sha256());
  }

  private CompletableFuture<Void> put(KvFile file, KvObject object) {
    if (file.size() <= PART_BYTES) {
      ByteBuffer content = checkpoint.read(file, 0, (int) file.size());
      return store.put(object.key(), List.of(content));
    }
    return store
        .startMultipart(object.key())
        .thenCompose(
            upload ->
                parts(file, upload, 1, 0)
                    .thenCompose(sent -> upload.complete())
                    // Parts that stay behind take room but are never read.
                    .exceptionallyCompose(
                        failure ->
                            upload
                                .abort()
                                .handle((aborted, ignored) -> failure)
                                .thenCompose(CompletableFuture::failedFuture)));
  }

  private CompletableFuture<Void> parts(
      KvFile file, ObjectStore.MultipartUpload upload, int number, long position) {
    if (position == file.size()) {
      return CompletableFuture.completedFuture(null);
    }
    int length = (int) Math.min(PART_BYTES, file.size() - position);
    return CompletableFuture.supplyAsync(() -> checkpoint.read(file, position, length), files)
        .thenCompose(content -> upload.part(number, List.of(content)))
        .thenCompose(sent -> parts(file, upload, number + 1, position + length));
  }

  private CompletableFuture<Uploaded> putManifest(KvManifest manifest) {
    byte[] bytes = manifest.encode();
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return names
        .get()
        .thenCompose(
            object ->
                store
                    .put(object.key(), List.of(ByteBuffer.wrap(bytes)))
                    .thenApply(
                        put ->
                            new Uploaded(
                                manifest,
                                new KvSnapshot(
                                    manifest.offset(),
                                    object,
                                    bytes.length,
                                    (int) crc.getValue(),
                                    manifest.files().stream()
                                        .map(KvManifest.File::object)
                                        .toList()))));
  }
}
