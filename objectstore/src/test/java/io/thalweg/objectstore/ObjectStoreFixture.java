package io.thalweg.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.objectstore.ObjectStore.ObjectInfo;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A store under test, and how tests wait for it and read from it. */
public abstract class ObjectStoreFixture {
  protected ObjectStore store;

  /** A new, empty store. */
  protected abstract ObjectStore open() throws Exception;

  /** Whether a key cannot be both an object and the directory of another. */
  protected boolean hasDirectories() {
    return true;
  }

  @BeforeEach
  void openStore() throws Exception {
    store = open();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  /** Waits until a future is done; stores in virtual time advance time here. */
  protected void settle(CompletableFuture<?> future) throws Exception {
    try {
      future.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      // The caller reads the failure from the future.
      assertThat(future).isCompletedExceptionally();
    } catch (TimeoutException hangs) {
      throw new AssertionError("no answer within 30 s", hangs);
    }
  }

  protected final <T> T await(CompletableFuture<T> future) throws Exception {
    settle(future);
    return future.get();
  }

  protected final ObjectStoreException failure(CompletableFuture<?> future) throws Exception {
    Throwable seen = await(future.handle((value, thrown) -> thrown));
    assertThat(seen).isInstanceOf(ObjectStoreException.class);
    return (ObjectStoreException) seen;
  }

  protected final void assertFails(Kind kind, CompletableFuture<?> future) throws Exception {
    ObjectStoreException failure = failure(future);
    assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(kind);
  }

  protected static List<ByteBuffer> content(String text) {
    return List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  protected final String read(String key) throws Exception {
    ObjectInfo info = await(store.head(key)).orElseThrow();
    ByteBuffer bytes = await(store.get(key, 0, Math.toIntExact(info.size())));
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }
}
