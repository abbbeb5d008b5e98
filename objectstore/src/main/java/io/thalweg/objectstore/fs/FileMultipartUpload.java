package io.thalweg.objectstore.fs;

import io.thalweg.objectstore.ObjectStore.MultipartUpload;
import io.thalweg.objectstore.ObjectStoreArguments;
import io.thalweg.objectstore.ObjectStoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * An upload whose parts are temporary files until they are concatenated. Any thread may call; a
 * lock guards the bookkeeping, never I/O on a part.
 */
final class FileMultipartUpload implements MultipartUpload {
  private final String key;
  private final ObjectFiles files;
  private final IoPool pool;

  // All guarded by this.
  private final TreeMap<Integer, Part> parts = new TreeMap<>();
  private State state = State.OPEN;
  private int highestBegun;

  FileMultipartUpload(String key, ObjectFiles files, IoPool pool) {
    this.key = key;
    this.files = files;
    this.pool = pool;
  }

  private enum State {
    OPEN,
    COMPLETING,
    COMPLETED,
    ABORTED
  }

  private record Part(Path file, long size) {}

  @Override
  public CompletableFuture<Void> part(int number, List<ByteBuffer> content) {
    try {
      ObjectStoreArguments.checkPart(key, number);
      begin(number);
    } catch (ObjectStoreException invalid) {
      return CompletableFuture.failedFuture(invalid);
    }
    return pool.submit(
        "part " + number + " of '" + key + "'",
        () -> {
          Part part = new Part(files.writePart(key, content), ObjectFiles.size(content));
          arrived(number, part);
          return null;
        });
  }

  @Override
  public CompletableFuture<Void> complete() {
    return pool.submit(
        "complete of '" + key + "'",
        () -> {
          concatenate();
          return null;
        });
  }

  @Override
  public CompletableFuture<Void> abort() {
    return pool.submit(
        "abort of '" + key + "'",
        () -> {
          drop();
          return null;
        });
  }

  private synchronized void begin(int number) {
    if (state != State.OPEN) {
      throw wrongState("part");
    }
    highestBegun = Math.max(highestBegun, number);
  }

  private synchronized void arrived(int number, Part part) {
    if (state != State.OPEN) {
      Staging.discard(part.file);
      throw wrongState("part");
    }
    Part replaced = parts.put(number, part);
    if (replaced != null) {
      Staging.discard(replaced.file);
    }
  }

  private void concatenate() throws IOException {
    List<Part> all;
    synchronized (this) {
      if (state == State.COMPLETED) {
        return;
      }
      if (state != State.OPEN) {
        throw wrongState("complete");
      }
      ObjectStoreArguments.checkParts(key, sizes(), highestBegun);
      all = List.copyOf(parts.values());
      state = State.COMPLETING;
    }
    State next = State.OPEN;
    try {
      long size = all.stream().mapToLong(Part::size).sum();
      files.putConcatenated(key, all.stream().map(Part::file).toList(), size);
      next = State.COMPLETED;
    } finally {
      become(next);
    }
  }

  private synchronized void drop() {
    if (state == State.COMPLETING) {
      throw wrongState("abort");
    }
    become(state == State.COMPLETED ? State.COMPLETED : State.ABORTED);
  }

  private synchronized void become(State next) {
    state = next;
    if (next != State.OPEN) {
      parts.values().forEach(part -> Staging.discard(part.file));
      parts.clear();
    }
  }

  private SortedMap<Integer, Long> sizes() {
    SortedMap<Integer, Long> sizes = new TreeMap<>();
    parts.forEach((number, part) -> sizes.put(number, part.size));
    return sizes;
  }

  private ObjectStoreException wrongState(String operation) {
    return ObjectStoreArguments.invalid(
        operation, "the upload of '" + key + "' is " + state + "; start a new one");
  }
}
