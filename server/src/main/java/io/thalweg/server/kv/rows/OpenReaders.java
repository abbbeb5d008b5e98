package io.thalweg.server.kv.rows;

import io.thalweg.runtime.EventLoop;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/**
 * Counts the views and checkpoints of a bucket's rows, and closes their store once it is no longer
 * served and nobody reads. Owned by the bucket's rows loop; readers may close on any thread.
 */
final class OpenReaders {
  private final EventLoop loop;
  private final KvStore store;
  private int open;
  private boolean closing;
  private boolean closed;

  /** Nobody reads {@code store} yet. */
  OpenReaders(EventLoop loop, KvStore store) {
    this.loop = loop;
    this.store = store;
  }

  /**
   * The files of the rows as they are now. {@code offset} maps the rows' offset to the one that the
   * checkpoint claims.
   */
  KvCheckpoint checkpoint(LongUnaryOperator offset) {
    KvCheckpoint made = store.checkpoint();
    open++;
    return new CountedCheckpoint(
        made, offset.applyAsLong(made.offset()), () -> loop.execute(this::readerClosed));
  }

  /**
   * The rows as they are now.
   *
   * @param failed hears on the bucket's rows loop what could not be read
   */
  KvView view(Consumer<KvStoreException> failed) {
    KvView made = store.view();
    open++;
    return new CountedView(
        made,
        failure -> loop.execute(() -> failed.accept(failure)),
        () -> loop.execute(this::readerClosed));
  }

  /** Closes the store, now or once the last reader has closed. Any number of times. */
  void closeStore() {
    closing = true;
    if (open == 0 && !closed) {
      closed = true;
      store.close();
    }
  }

  /** Whether the store was closed. */
  boolean isClosed() {
    return closed;
  }

  private void readerClosed() {
    open--;
    if (closing) {
      closeStore();
    }
  }
}
