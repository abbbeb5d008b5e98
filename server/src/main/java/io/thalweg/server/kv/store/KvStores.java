package io.thalweg.server.kv.store;

import io.thalweg.format.schema.TableBucket;
import java.util.Set;

/**
 * The stores of one server: they share one limit of memory, however many they are. Calls for
 * different buckets may come from different threads; they may wait for the local disk.
 */
public interface KvStores extends AutoCloseable {

  /**
   * Says of which history of which cluster the rows are; before anything is opened or restored.
   * What is there of another one is removed: its buckets may have the same numbers.
   *
   * @param history 1 to 100 of {@code A-Z a-z 0-9 . _ -}
   */
  void belongTo(String history);

  /**
   * Opens what is there of a bucket, or a new one. Where what is there is damaged it is removed and
   * a new one opened.
   */
  KvStore open(TableBucket bucket);

  /** Begins to restore a bucket whose store is not open. */
  KvRestore restore(TableBucket bucket);

  /**
   * Removes what is there of a bucket.
   *
   * @return false, with nothing removed, while the bucket is open or being restored
   */
  boolean drop(TableBucket bucket);

  /** The buckets of which there is something. */
  Set<TableBucket> local();

  /** Ends; every store is closed before. */
  @Override
  void close();
}
