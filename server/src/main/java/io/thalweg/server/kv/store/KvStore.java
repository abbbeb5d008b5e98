package io.thalweg.server.kv.store;

import io.thalweg.format.row.BinaryList;

/**
 * The rows of one bucket by key, as the changelog up to {@link #offset} makes them. Keys are
 * ordered by their unsigned bytes. One thread at a time; calls may wait for the local disk. They
 * fail with {@link KvStoreException}.
 *
 * <p>After a crash it comes back as it was at some offset that it had before, never in between.
 */
public interface KvStore extends AutoCloseable {
  /** What {@link #rest} returns where nothing is held. */
  long NOTHING_HELD = -1;

  /** The changelog offset after the last record applied; 0 for a new one. */
  long offset();

  /**
   * Looks keys up.
   *
   * @param values gets one string for each key, absent where there is no row
   */
  void get(BinaryList keys, BinaryList values);

  /**
   * Changes rows, all together with the offset.
   *
   * @param keys may name a key more than once: the last one counts
   * @param values one for each key; absent to delete
   * @param newOffset not less than {@link #offset}
   */
  void write(BinaryList keys, BinaryList values, long newOffset);

  /** The rows as they are now, whatever is written later. To be closed before the store. */
  KvView view();

  /** The files that hold the state as it is now. To be closed before the store. */
  KvCheckpoint checkpoint();

  /**
   * Closes files that were not used for a while, or that must make room for others. They are opened
   * again when they are needed.
   *
   * @return after how many nanoseconds to ask again; {@link #NOTHING_HELD} where there is nothing
   *     to close before the next use
   */
  default long rest() {
    return NOTHING_HELD;
  }

  /**
   * Registers what is to be run, on any thread, when this store should make room for others: it
   * then has {@link #rest} called on the store's thread. Without one, the store waits for the next
   * {@link #rest}.
   */
  default void onRestWanted(Runnable wanted) {}

  /** Lets go of it; the local files stay. */
  @Override
  void close();
}
