package io.thalweg.server.api;

import io.thalweg.format.schema.TableBucket;

/**
 * Asks for batches of one bucket.
 *
 * @param offset of the first record wanted
 * @param maxBytes stop after about as many bytes of batches in durable form; one batch is always
 *     given
 * @param waitNanos how long to wait while the bucket has nothing at {@code offset}
 * @param wants what the reader will look at
 */
public record FetchRequest(
    TableBucket bucket, long offset, int maxBytes, long waitNanos, ReadSpec wants) {

  /** Asks for whole batches. */
  public FetchRequest(TableBucket bucket, long offset, int maxBytes, long waitNanos) {
    this(bucket, offset, maxBytes, waitNanos, ReadSpec.ALL);
  }
}
