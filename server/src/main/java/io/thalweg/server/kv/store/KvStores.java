package io.thalweg.server.kv.store;

import io.thalweg.format.schema.TableBucket;
import java.util.Set;

/**
 * The stores of one server: they share one limit of memory, however many they are. Calls for
 * different buckets may come from different threads; they may wait for the local disk.
 */
public interface KvStores extends AutoCloseable {

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
