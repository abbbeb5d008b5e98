package io.thalweg.objectstore.memory;

import io.thalweg.objectstore.ObjectStore.MultipartUpload;
import io.thalweg.objectstore.ObjectStoreArguments;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** An upload in parts. Any thread may call; its state belongs to the store's loop. */
final class MemoryMultipartUpload implements MultipartUpload {
  private final String key;
  private final MemoryObjects objects;
  private final MemoryObjectStore store;
  private final TreeMap<Integer, byte[]> parts = new TreeMap<>();
  private State state = State.OPEN;
  private int highestBegun;

  MemoryMultipartUpload(String key, MemoryObjects objects, MemoryObjectStore store) {
    this.key = key;
    this.objects = objects;
    this.store = store;
  }

  private enum State {
    OPEN,
    COMPLETED,
    ABORTED
  }

  @Override
  public CompletableFuture<Void> part(int number, List<ByteBuffer> content) {
    Content copy = Content.copyOf(content);
    return store.start(
        new Call<>(
            Operation.PART,
            List.of(key),
            copy,
            () -> {
              ObjectStoreArguments.checkPart(key, number);
              checkOpen("part");
              highestBegun = Math.max(highestBegun, number);
            },
            damage -> {
              checkOpen("part");
              parts.put(number, copy.bytes());
              return null;
            }));
  }

  @Override
  public CompletableFuture<Void> complete() {
    return store.start(
        new Call<>(
            Operation.COMPLETE,
            List.of(key),
            Content.NONE,
            () -> {},
            damage -> {
              concatenate();
              return null;
            }));
  }

  @Override
  public CompletableFuture<Void> abort() {
    return store.start(
        new Call<>(
            Operation.ABORT,
            List.of(key),
            Content.NONE,
            () -> {},
            damage -> {
              if (state == State.OPEN) {
                state = State.ABORTED;
                parts.clear();
              }
              return null;
            }));
  }

  /** A second call does nothing, so that the caller can repeat it after an unknown outcome. */
  private void concatenate() {
    if (state == State.COMPLETED) {
      return;
    }
    checkOpen("complete");
    SortedMap<Integer, Long> sizes = new TreeMap<>();
    parts.forEach((number, bytes) -> sizes.put(number, (long) bytes.length));
    ObjectStoreArguments.checkParts(key, sizes, highestBegun);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    parts.values().forEach(whole::writeBytes);
    objects.put("complete", key, whole.toByteArray());
    state = State.COMPLETED;
    parts.clear();
  }

  private void checkOpen(String operation) {
    if (state != State.OPEN) {
      throw ObjectStoreArguments.invalid(
          operation, "the upload of '" + key + "' is " + state + "; start a new one");
    }
  }
}
