package io.thalweg.simulation.world;

import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.simulation.check.Findings;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * An object store that reports callers that use a key twice, and reports deletions.
 *
 * @param damage gets the result of each read
 * @param deleted gets each key when its deletion is requested
 */
public record CheckedStore(
    ObjectStore store, Findings findings, SegmentDamage damage, Consumer<String> deleted)
    implements ObjectStore {

  private <T> CompletableFuture<T> checked(CompletableFuture<T> call) {
    return call.whenComplete(
        (value, failure) -> {
          if (failure instanceof ObjectStoreException wrong
              && wrong.kind() == ObjectStoreException.Kind.INVALID) {
            findings.add("INVALID_STORE_CALL", wrong.getMessage());
          }
        });
  }

  @Override
  public CompletableFuture<Void> put(String key, List<ByteBuffer> content) {
    return checked(store.put(key, content));
  }

  @Override
  public CompletableFuture<Boolean> putIfAbsent(String key, List<ByteBuffer> content) {
    return checked(store.putIfAbsent(key, content));
  }

  @Override
  public CompletableFuture<ByteBuffer> get(String key, long offset, int length) {
    return checked(store.get(key, offset, length))
        .whenComplete(
            (bytes, failure) -> {
              if (failure == null) {
                damage.read(key, length, bytes);
              }
            });
  }

  @Override
  public CompletableFuture<Optional<ObjectInfo>> head(String key) {
    return checked(store.head(key));
  }

  @Override
  public CompletableFuture<List<ObjectInfo>> list(String prefix, String startAfter, int limit) {
    return checked(store.list(prefix, startAfter, limit));
  }

  @Override
  public CompletableFuture<Void> delete(List<String> keys) {
    keys.forEach(deleted);
    return checked(store.delete(keys));
  }

  @Override
  public CompletableFuture<MultipartUpload> startMultipart(String key) {
    return checked(store.startMultipart(key));
  }

  @Override
  public void close() {}
}
