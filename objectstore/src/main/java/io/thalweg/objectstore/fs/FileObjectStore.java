package io.thalweg.objectstore.fs;

import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStoreArguments;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.runtime.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Objects as files under a directory, durable as the package text says. Any thread may call.
 *
 * <p>Calls do their blocking work on daemon threads of the store, where their futures complete, so
 * the callbacks of a future must not block. A call that is refused at once (wrong arguments, {@code
 * THROTTLED}, closed) returns a failed future.
 */
public final class FileObjectStore implements ObjectStore {
  private final ObjectFiles files;
  private final IoPool pool;

  /** Opens the store that {@code config} describes. */
  public FileObjectStore(FileObjectStoreConfig config) {
    try {
      DirectoryTree directories = DirectoryTree.open(config.root());
      Staging staging = Staging.open(directories.root());
      files = new ObjectFiles(directories, staging, config.reserveBytes(), config.direct());
      pool = new IoPool("objects", config.threads(), config.queueLimit(), staging::release);
    } catch (IOException failure) {
      throw new UncheckedIOException(
          "cannot open the object store in "
              + config.root()
              + "; it needs a directory to write to, on a file system with locks and hard links",
          failure);
    }
  }

  /**
   * Opens the store in {@code root} without a reserve of free space.
   *
   * @throws ConfigException if a limit is out of bounds
   */
  public FileObjectStore(Path root, int threads, int queueLimit) {
    this(new FileObjectStoreConfig(root, threads, queueLimit, 0, true));
  }

  @Override
  public CompletableFuture<Void> put(String key, List<ByteBuffer> content) {
    return submit(
        "put",
        key,
        () -> {
          files.put(key, content);
          return null;
        });
  }

  @Override
  public CompletableFuture<Boolean> putIfAbsent(String key, List<ByteBuffer> content) {
    return submit("putIfAbsent", key, () -> files.putIfAbsent(key, content));
  }

  @Override
  public CompletableFuture<ByteBuffer> get(String key, long offset, int length) {
    try {
      ObjectStoreArguments.checkRange(key, offset, length);
    } catch (ObjectStoreException invalid) {
      return CompletableFuture.failedFuture(invalid);
    }
    return submit("get", key, () -> files.get(key, offset, length));
  }

  @Override
  public CompletableFuture<Optional<ObjectInfo>> head(String key) {
    return submit("head", key, () -> files.head(key));
  }

  @Override
  public CompletableFuture<List<ObjectInfo>> list(String prefix, String startAfter, int limit) {
    try {
      ObjectStoreArguments.checkList(prefix, limit);
    } catch (ObjectStoreException invalid) {
      return CompletableFuture.failedFuture(invalid);
    }
    return pool.submit("list of '" + prefix + "'", () -> files.list(prefix, startAfter, limit));
  }

  @Override
  public CompletableFuture<Void> delete(List<String> keys) {
    List<String> copy = List.copyOf(keys);
    try {
      ObjectStoreArguments.checkDelete(copy);
    } catch (ObjectStoreException invalid) {
      return CompletableFuture.failedFuture(invalid);
    }
    return pool.submit(
        "delete of " + copy.size() + " keys",
        () -> {
          files.delete(copy);
          return null;
        });
  }

  /**
   * Parts are temporary files; the parts of an upload that nobody ends stay until the store closes.
   */
  @Override
  public CompletableFuture<MultipartUpload> startMultipart(String key) {
    return submit("startMultipart", key, () -> new FileMultipartUpload(key, files, pool));
  }

  /** Fails waiting calls, and waits at most ten seconds for the running ones. */
  @Override
  public void close() {
    pool.close();
  }

  private <T> CompletableFuture<T> submit(String operation, String key, IoPool.Work<T> work) {
    try {
      ObjectStoreArguments.checkKey(operation, key);
    } catch (ObjectStoreException invalid) {
      return CompletableFuture.failedFuture(invalid);
    }
    return pool.submit(operation + " of '" + key + "'", work);
  }
}
