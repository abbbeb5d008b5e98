package io.thalweg.server.kv.store.lazy;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvArguments;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.kv.store.SortedView;
import java.util.concurrent.atomic.AtomicInteger;

/** One bucket, in the states of the package text. One thread at a time, except for its readers. */
final class LazyKvStore implements KvStore {
  private final LazyKvStores stores;
  private final TableBucket bucket;

  /** Views and checkpoints; they may be closed by other threads. */
  private final AtomicInteger readers = new AtomicInteger();

  private State state;
  private long offset;

  /** When it was used last; other threads read it to find the least recently used store. */
  private volatile long usedNanos;

  /** Whether it is to rest as soon as nobody reads, to make room for another. */
  private volatile boolean askedToRest;

  private volatile Runnable restWanted = () -> {};

  /** Whether it was used since {@link #rest} was last called. */
  private boolean used;

  /** The rows while {@link State#YOUNG}. */
  private YoungRows young = new YoungRows();

  /** The store with files while {@link State#OPEN}. */
  private KvStore files;

  private enum State {
    /** The rows are in memory alone. */
    YOUNG,
    /** The rows are in files that are open. */
    OPEN,
    /** The rows are in files that are closed. */
    RESTING,
    /** The owner closed it. */
    CLOSED
  }

  private LazyKvStore(LazyKvStores stores, TableBucket bucket, State state) {
    this.stores = stores;
    this.bucket = bucket;
    this.state = state;
  }

  /** A new bucket without files. */
  static LazyKvStore young(LazyKvStores stores, TableBucket bucket) {
    return new LazyKvStore(stores, bucket, State.YOUNG);
  }

  /** A bucket with files. */
  static LazyKvStore open(LazyKvStores stores, TableBucket bucket, KvStore files) {
    LazyKvStore store = new LazyKvStore(stores, bucket, State.OPEN);
    store.files = files;
    store.offset = files.offset();
    store.used();
    stores.opened(store);
    return store;
  }

  @Override
  public long offset() {
    checkOpen();
    return offset;
  }

  @Override
  public void get(BinaryList keys, BinaryList values) {
    used();
    if (state == State.YOUNG) {
      KvArguments.checkKeys(bucket, keys);
      young.get(keys, values);
    } else {
      files().get(keys, values);
    }
  }

  @Override
  public void write(BinaryList keys, BinaryList values, long newOffset) {
    used();
    KvArguments.checkWrite(bucket, keys, values, newOffset, offset);
    long cost = YoungRows.cost(keys, values);
    if (state == State.YOUNG && stores.staysYoung(young.written(), cost)) {
      young.write(keys, values);
    } else {
      files().write(keys, values, newOffset);
    }
    offset = newOffset;
  }

  @Override
  public KvView view() {
    used();
    KvView view =
        state == State.YOUNG
            ? new SortedView(young.snapshot(), offset, this::checkOpen, () -> {})
            : files().view();
    readers.incrementAndGet();
    return new LazyView(view, this::readerClosed);
  }

  @Override
  public KvCheckpoint checkpoint() {
    used();
    KvCheckpoint checkpoint = files().checkpoint();
    readers.incrementAndGet();
    return new LazyCheckpoint(checkpoint, this::readerClosed);
  }

  /** Any thread. */
  private void readerClosed() {
    if (readers.decrementAndGet() == 0 && askedToRest) {
      restWanted.run();
    }
  }

  private void used() {
    checkOpen();
    used = true;
    usedNanos = stores.nanoTime();
  }

  /** The store with files; opens it where it is not open. */
  private KvStore files() {
    switch (state) {
      case YOUNG -> {
        files = withFiles();
        stores.youngEnded(bucket, young.written());
        young = null;
        state = State.OPEN;
        stores.opened(this);
      }
      case RESTING -> {
        files = opened();
        state = State.OPEN;
        stores.opened(this);
      }
      case OPEN, CLOSED -> {}
    }
    return files;
  }

  private KvStore withFiles() {
    KvStore made = stores.openFiles(bucket);
    try {
      if (made.offset() != 0) {
        // An earlier attempt left rows that may have ended since.
        made.close();
        made = stores.openAnew(bucket);
      }
      young.writeTo(made, offset);
      return made;
    } catch (RuntimeException | Error failure) {
      made.close();
      throw failure;
    }
  }

  private KvStore opened() {
    KvStore again = stores.openFiles(bucket);
    long found = again.offset();
    if (found != offset) {
      again.close();
      throw new KvStoreException(
          "bucket %s was closed at offset %d and came back at %d".formatted(bucket, offset, found),
          null,
          true);
    }
    return again;
  }

  @Override
  public long rest() {
    boolean wasUsed = used;
    used = false;
    switch (state) {
      case YOUNG -> {
        // A used bucket is asked again only after the idle time, however often it is used
        // meanwhile.
        return wasUsed ? stores.idleNanos() : NOTHING_HELD;
      }
      case OPEN -> {
        long left = askedToRest ? 0 : stores.idleNanos() - (stores.nanoTime() - usedNanos);
        if (left > 0 || readers.get() > 0) {
          return Math.max(left, stores.idleNanos() / 4);
        }
        state = State.RESTING;
        closeFiles();
        return NOTHING_HELD;
      }
      default -> {
        return NOTHING_HELD;
      }
    }
  }

  @Override
  public void close() {
    if (state == State.CLOSED) {
      return;
    }
    if (readers.get() > 0) {
      throw new IllegalStateException(
          "bucket %s has %d open views and checkpoints; close them first"
              .formatted(bucket, readers.get()));
    }
    switch (state) {
      case YOUNG -> stores.youngEnded(bucket, young.written());
      case OPEN -> closeFiles();
      case RESTING, CLOSED -> {}
    }
    state = State.CLOSED;
    stores.release(bucket);
  }

  private void closeFiles() {
    try {
      files.close();
    } finally {
      files = null;
      askedToRest = false;
      stores.closed(this);
    }
  }

  @Override
  public void onRestWanted(Runnable wanted) {
    restWanted = wanted;
    if (askedToRest) {
      wanted.run();
    }
  }

  /** Any thread. */
  void askToRest() {
    askedToRest = true;
    restWanted.run();
  }

  /** Any thread. */
  boolean isAskedToRest() {
    return askedToRest;
  }

  /** Any thread. */
  long usedNanos() {
    return usedNanos;
  }

  private void checkOpen() {
    stores.checkOpen();
    if (state == State.CLOSED) {
      throw new IllegalStateException("the store of bucket %s is closed".formatted(bucket));
    }
  }
}
