package io.thalweg.server.kv.rows;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.StoredRow;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/**
 * The rows of one bucket: the ones in memory, in front of the store on the local disk, and the
 * readers that keep the store open. Owned by the bucket's rows loop.
 */
public final class BucketRows {
  private final EventLoop loop;
  private final KvStore store;
  private final RowCache cache;
  private final RowTable table;
  private final OpenReaders readers;
  private final StoredRow form;

  /** Whether a call of {@link #rest} is scheduled already. */
  private boolean watched;

  /**
   * Rows as {@code store} has them.
   *
   * @param store closed with these rows
   * @param form what follows each stored row
   */
  public BucketRows(EventLoop loop, KvStore store, RowCache cache, StoredRow form) {
    this.loop = loop;
    this.store = store;
    this.cache = cache;
    this.table = new RowTable(cache, store.offset(), store.offset() == 0);
    this.readers = new OpenReaders(loop, store);
    this.form = form;
    this.watched = true;
    loop.execute(this::rest);
    store.onRestWanted(() -> loop.execute(this::restNow));
  }

  private void restNow() {
    if (!readers.isClosed()) {
      // The next use, or the call of rest that is scheduled already, asks again.
      store.rest();
    }
  }

  /** The store, about to be used; it rests once it has not been used for a while. */
  private KvStore used() {
    if (!watched) {
      watched = true;
      loop.execute(this::rest);
    }
    return store;
  }

  private void rest() {
    long nanos = readers.isClosed() ? KvStore.NOTHING_HELD : store.rest();
    watched = nanos != KvStore.NOTHING_HELD;
    if (watched) {
      loop.schedule(nanos, this::rest);
    }
  }

  /** The offset of the changelog that the committed rows go up to. */
  public long offset() {
    return store.offset();
  }

  /** The rows in memory, committed or not. */
  public RowTable table() {
    return table;
  }

  /** The committed rows. */
  public KvStore store() {
    return used();
  }

  /**
   * Writes committed rows to the store.
   *
   * @param values one for each key, absent where the row ended
   * @param endOffset after the last change
   */
  public void apply(BinaryList keys, BinaryList values, long endOffset) {
    used().write(keys, values, endOffset);
    table.written(endOffset);
  }

  /**
   * Brings the memory of all rows of this loop back to its budget. To be called between requests.
   */
  public void trim() {
    cache.trim();
  }

  /**
   * Looks rows up among the committed ones.
   *
   * @return one for each key, without what follows it, absent where there is none
   */
  public BinaryList lookup(BinaryList keys) {
    BinaryList stored = table.get(keys, used());
    form.strip(stored);
    return stored;
  }

  /** The files of the committed rows; {@code offset} maps their offset to the one claimed. */
  public KvCheckpoint checkpoint(LongUnaryOperator offset) {
    used();
    return readers.checkpoint(offset);
  }

  /**
   * The committed rows as they are now, each with what follows it.
   *
   * @param failed hears on the bucket's rows loop what could not be read
   */
  public KvView view(Consumer<KvStoreException> failed) {
    used();
    return readers.view(failed);
  }

  /** Gives the memory of the rows back. Any number of times. */
  public void forget() {
    table.close();
  }

  /** Closes the store, now or once the last reader has closed. Any number of times. */
  public void closeStore() {
    readers.closeStore();
  }
}
