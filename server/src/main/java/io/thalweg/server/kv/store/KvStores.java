package io.thalweg.server.kv.store;

import io.thalweg.format.schema.TableBucket;
import java.util.Set;

/**
 * The stores of one server: they share one limit of memory, however many they are. Calls for
 * different buckets may come from different threads; they may wait for the local disk.
 */
public interface KvStores extends AutoCloseable {

  /**
   * Says which history of which cluster the rows belong to. To be called before anything is opened
   * or restored. Rows of another history are removed: its buckets may have the same numbers.
   *
   * @param history 1 to 100 characters of {@code A-Z a-z 0-9 . _ -}
   */
  void belongTo(String history);

  /**
   * Opens the store of a bucket, or a new one if there is none. A damaged store is removed and a
   * new one is opened.
   */
  KvStore open(TableBucket bucket);

  /** Begins to restore a bucket whose store is not open. */
  KvRestore restore(TableBucket bucket);

  /**
   * Removes the local state of a bucket.
   *
   * @return false, with nothing removed, while the bucket is open or being restored
   */
  boolean drop(TableBucket bucket);

  /** The buckets that have local state. */
  Set<TableBucket> local();

  /** Ends. Every store must be closed before. */
  @Override
  void close();
}
