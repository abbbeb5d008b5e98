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
 * An upload whose parts lie one behind the other in a temporary file, in the order in which they
 * began to come. If that is the order of their numbers, that file becomes the object. Any thread
 * may call; a lock guards the bookkeeping, never I/O on a part.
 */
final class FileMultipartUpload implements MultipartUpload {
  private final String key;
  private final ObjectFiles files;
  private final IoPool pool;

  // All guarded by this.
  private final TreeMap<Integer, ObjectFiles.Part> parts = new TreeMap<>();
  private Path file;
  private long end;
  private State state = State.OPEN;
  private int highestBegun;

  /** Parts that were begun and whose writes have not ended; those that never run stay here. */
  private int underWay;

  FileMultipartUpload(String key, ObjectFiles files, IoPool pool) {
    this.key = key;
    this.files = files;
    this.pool = pool;
  }

  private enum State {
    OPEN,
    COMPLETING,
    /** A try to complete failed, and the object may be there: it can be tried again. */
    SEALED,
    COMPLETED,
    ABORTED
  }

  @Override
  public CompletableFuture<Void> part(int number, List<ByteBuffer> content) {
    long size = ObjectFiles.size(content);
    ObjectFiles.Part part;
    try {
      ObjectStoreArguments.checkPart(key, number);
      part = begin(number, size);
    } catch (ObjectStoreException invalid) {
      return CompletableFuture.failedFuture(invalid);
    }
    return pool.submit(
        "part " + number + " of '" + key + "'",
        () -> {
          try {
            files.writePart(key, file(size), part.at(), content);
            arrived(number, part);
          } finally {
            ended();
          }
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

  private synchronized ObjectFiles.Part begin(int number, long size) {
    if (state != State.OPEN) {
      throw wrongState("part");
    }
    highestBegun = Math.max(highestBegun, number);
    underWay++;
    ObjectFiles.Part part = new ObjectFiles.Part(end, size);
    end += size;
    return part;
  }

  private synchronized void ended() {
    underWay--;
  }

  private synchronized Path file(long size) throws IOException {
    if (state != State.OPEN) {
      throw wrongState("part");
    }
    if (file == null) {
      file = files.newParts(key, size);
    }
    return file;
  }

  private synchronized void arrived(int number, ObjectFiles.Part part) {
    if (state != State.OPEN) {
      throw wrongState("part");
    }
    parts.put(number, part);
  }

  private void concatenate() throws IOException {
    List<ObjectFiles.Part> all;
    Path from;
    boolean copies;
    synchronized (this) {
      if (state == State.COMPLETED) {
        return;
      }
      if (state != State.OPEN && state != State.SEALED) {
        throw wrongState("complete");
      }
      ObjectStoreArguments.checkParts(key, sizes(), highestBegun);
      all = List.copyOf(parts.values());
      from = file;
      copies = underWay > 0;
      state = State.COMPLETING;
    }
    State next = State.SEALED;
    try {
      files.putConcatenated(key, from, all, copies);
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
    if (file != null && next != State.SEALED) {
      Staging.discard(file);
      file = null;
      parts.clear();
    }
  }

  private SortedMap<Integer, Long> sizes() {
    SortedMap<Integer, Long> sizes = new TreeMap<>();
    parts.forEach((number, part) -> sizes.put(number, part.size()));
    return sizes;
  }

  private ObjectStoreException wrongState(String operation) {
    return ObjectStoreArguments.invalid(
        operation, "the upload of '" + key + "' is " + state + "; start a new one");
  }
}
