package io.thalweg.objectstore;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Immutable objects under string keys.
 *
 * <p>Any thread may call; calls never block on I/O. A future completes on a thread of the store, so
 * callers switch to their own loop before they touch state. Failures are {@link
 * ObjectStoreException}s. The store does not modify the caller's buffers or their positions; the
 * caller must leave them untouched until the future completes.
 */
public interface ObjectStore extends AutoCloseable {

  /** Most keys that one {@link #delete} takes and one {@link #list} page gives. */
  int MAX_BATCH = 1000;

  /** Longest key, in characters. */
  int MAX_KEY_LENGTH = 512;

  /**
   * Stores an object whole; it becomes visible at once or not at all, and is durable when the
   * future completes. Putting the same key again with the same bytes succeeds (a retry after an
   * unknown outcome); keys are never reused for other bytes.
   *
   * @param content the bytes, concatenated in order, each buffer from position to limit
   */
  CompletableFuture<Void> put(String key, List<ByteBuffer> content);

  /**
   * Like {@link #put}, but only if no object has the key.
   *
   * @return whether this call stored the object. After {@code UNKNOWN_OUTCOME} the existing object
   *     may come from the caller's own earlier try.
   */
  CompletableFuture<Boolean> putIfAbsent(String key, List<ByteBuffer> content);

  /**
   * Reads {@code length} bytes from byte {@code offset}. Fails with {@code NOT_FOUND} where there
   * is no such object, {@code INVALID} where the range does not lie within it.
   *
   * @return a buffer of exactly {@code length} bytes that the caller owns
   */
  CompletableFuture<ByteBuffer> get(String key, long offset, int length);

  /** The object's size, or empty if there is none. */
  CompletableFuture<Optional<ObjectInfo>> head(String key);

  /**
   * Objects whose keys start with {@code prefix} and sort after {@code startAfter} (by UTF-8 bytes;
   * empty for the beginning), in key order.
   *
   * @param limit at most this many, 1 to {@link #MAX_BATCH}
   */
  CompletableFuture<List<ObjectInfo>> list(String prefix, String startAfter, int limit);

  /** Deletes up to {@link #MAX_BATCH} objects; absent keys are no error. */
  CompletableFuture<Void> delete(List<String> keys);

  /** Starts an object that the caller sends in parts; nothing is visible before it is completed. */
  CompletableFuture<MultipartUpload> startMultipart(String key);

  /** Releases threads and connections; running calls may fail. */
  @Override
  void close();

  /** An object's key and size in bytes. */
  record ObjectInfo(String key, long size) {}

  /** The upload of an object in parts. Parts may be sent in parallel. */
  interface MultipartUpload {
    /** Fewest bytes of every part but the last. */
    int MIN_PART = 5 << 20;

    /**
     * Sends one part.
     *
     * @param number 1 to 10,000; the object is the concatenation in number order
     */
    CompletableFuture<Void> part(int number, List<ByteBuffer> content);

    /** Makes the object of all parts visible and durable. Fails when a part is missing. */
    CompletableFuture<Void> complete();

    /** Drops the parts. */
    CompletableFuture<Void> abort();
  }
}
