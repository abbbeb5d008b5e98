package io.thalweg.server.compact;

import io.thalweg.objectstore.ObjectStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Puts one file while it is being written: in parts when it is large. Any thread may call, one at a
 * time.
 */
final class SegmentUpload {
  static final int PART_BYTES = 8 << 20;

  private final ObjectStore store;
  private final String key;
  private final List<ByteBuffer> pending = new ArrayList<>();
  private long pendingBytes;
  private ObjectStore.MultipartUpload upload;
  private int parts;

  SegmentUpload(ObjectStore store, String key) {
    this.store = store;
    this.key = key;
  }

  /** Takes the next bytes, which nobody changes any more. */
  void add(ByteBuffer bytes) {
    pending.add(bytes);
    pendingBytes += bytes.remaining();
  }

  /** Sends a part once there is enough for one. */
  CompletableFuture<Void> send() {
    return pendingBytes < PART_BYTES ? CompletableFuture.completedFuture(null) : sendPart();
  }

  private CompletableFuture<Void> sendPart() {
    CompletableFuture<ObjectStore.MultipartUpload> started =
        upload != null ? CompletableFuture.completedFuture(upload) : store.startMultipart(key);
    return started.thenCompose(
        begun -> {
          upload = begun;
          List<ByteBuffer> content = List.copyOf(pending);
          pending.clear();
          pendingBytes = 0;
          return begun.part(++parts, content);
        });
  }

  /** Sends what is left; the file is durable when the future completes. */
  CompletableFuture<Void> finish() {
    if (upload == null) {
      return store.put(key, pending);
    }
    CompletableFuture<Void> last =
        pendingBytes == 0 ? CompletableFuture.completedFuture(null) : sendPart();
    return last.thenCompose(sent -> upload.complete());
  }

  /** Drops what was sent; parts that stay behind cost room but are never read. */
  CompletableFuture<Void> abort() {
    return upload == null ? CompletableFuture.completedFuture(null) : upload.abort();
  }
}
