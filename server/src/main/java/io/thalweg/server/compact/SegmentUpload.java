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

  /**
   * Sends a part once there is enough for one. All but the last are a multiple of {@link
   * #PART_BYTES}, so that a store of files can write each where it belongs, past the page cache.
   */
  CompletableFuture<Void> send() {
    return pendingBytes < PART_BYTES
        ? CompletableFuture.completedFuture(null)
        : sendPart(pendingBytes - pendingBytes % PART_BYTES);
  }

  private CompletableFuture<Void> sendPart(long bytes) {
    CompletableFuture<ObjectStore.MultipartUpload> started =
        upload != null ? CompletableFuture.completedFuture(upload) : store.startMultipart(key);
    return started.thenCompose(
        begun -> {
          upload = begun;
          return begun.part(++parts, take(bytes));
        });
  }

  /** The first bytes of what is pending. */
  private List<ByteBuffer> take(long bytes) {
    List<ByteBuffer> content = new ArrayList<>();
    int whole = 0;
    long rest = bytes;
    for (; whole < pending.size() && pending.get(whole).remaining() <= rest; whole++) {
      content.add(pending.get(whole));
      rest -= pending.get(whole).remaining();
    }
    pending.subList(0, whole).clear();
    if (rest > 0) {
      ByteBuffer cut = pending.get(0);
      content.add(cut.duplicate().limit(cut.position() + (int) rest));
      pending.set(0, cut.duplicate().position(cut.position() + (int) rest));
    }
    pendingBytes -= bytes;
    return content;
  }

  /** Sends what is left; the file is durable when the future completes. */
  CompletableFuture<Void> finish() {
    if (upload == null) {
      return store.put(key, pending);
    }
    CompletableFuture<Void> last =
        pendingBytes == 0 ? CompletableFuture.completedFuture(null) : sendPart(pendingBytes);
    return last.thenCompose(sent -> upload.complete());
  }

  /** Drops what was sent; parts that stay behind cost room but are never read. */
  CompletableFuture<Void> abort() {
    return upload == null ? CompletableFuture.completedFuture(null) : upload.abort();
  }
}
