package io.thalweg.objectstore.s3;

import io.thalweg.objectstore.ObjectStore.MultipartUpload;
import io.thalweg.objectstore.ObjectStoreArguments;
import io.thalweg.objectstore.ObjectStoreException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** An upload in parts. Any thread may call; a lock guards only the bookkeeping. */
final class S3MultipartUpload implements MultipartUpload {
  private final String key;
  private final String uploadId;
  private final S3ObjectStore store;

  // All guarded by this.
  private final TreeMap<Integer, Part> parts = new TreeMap<>();
  private State state = State.OPEN;
  private int highestBegun;

  S3MultipartUpload(String key, String uploadId, S3ObjectStore store) {
    this.key = key;
    this.uploadId = uploadId;
    this.store = store;
  }

  private enum State {
    OPEN,
    COMPLETED,
    ABORTED
  }

  private record Part(String tag, long size) {}

  @Override
  public CompletableFuture<Void> part(int number, List<ByteBuffer> content) {
    int size;
    try {
      ObjectStoreArguments.checkPart(key, number);
      size = Payload.size("part", content);
      begin(number);
    } catch (ObjectStoreException invalid) {
      return CompletableFuture.failedFuture(invalid);
    }
    return store.part(
        key, uploadId, number, content, size, tag -> arrived(number, new Part(tag, size)));
  }

  @Override
  public CompletableFuture<Void> complete() {
    SortedMap<Integer, String> tags = new TreeMap<>();
    long size;
    synchronized (this) {
      if (state == State.COMPLETED) {
        return CompletableFuture.completedFuture(null);
      }
      size = parts.values().stream().mapToLong(Part::size).sum();
      parts.forEach((number, part) -> tags.put(number, part.tag));
      try {
        checkOpen("complete");
        SortedMap<Integer, Long> sizes = new TreeMap<>();
        parts.forEach((number, part) -> sizes.put(number, part.size));
        store.checkOpen("complete of '" + key + "'");
        ObjectStoreArguments.checkParts(key, sizes, highestBegun);
      } catch (ObjectStoreException invalid) {
        return CompletableFuture.failedFuture(invalid);
      }
    }
    return store.complete(key, uploadId, tags, size, () -> become(State.COMPLETED));
  }

  @Override
  public CompletableFuture<Void> abort() {
    synchronized (this) {
      if (state != State.OPEN) {
        return CompletableFuture.completedFuture(null);
      }
      state = State.ABORTED;
    }
    return store.abort(key, uploadId);
  }

  private synchronized void begin(int number) {
    checkOpen("part");
    highestBegun = Math.max(highestBegun, number);
  }

  private synchronized void arrived(int number, Part part) {
    checkOpen("part");
    parts.put(number, part);
  }

  private synchronized void become(State next) {
    state = next;
    parts.clear();
  }

  private void checkOpen(String operation) {
    if (state != State.OPEN) {
      throw ObjectStoreArguments.invalid(
          operation, "the upload of '" + key + "' is " + state + "; start a new one");
    }
  }
}
