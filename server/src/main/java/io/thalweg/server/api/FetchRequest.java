package io.thalweg.server.api;

import io.thalweg.format.schema.TableBucket;

/**
 * Asks for batches of one bucket.
 *
 * @param offset of the first record wanted
 * @param maxBytes most bytes of batches in durable form; one batch is always given, whatever its
 *     size
 * @param waitNanos how long to wait while the bucket has nothing at {@code offset}
 * @param wants what the reader will look at
 * @param share sets aside the memory of what is found, until that is closed
 */
public record FetchRequest(
    TableBucket bucket,
    long offset,
    int maxBytes,
    long waitNanos,
    ReadSpec wants,
    ReadShare share) {

  /** Asks on behalf of the server itself. */
  public FetchRequest(
      TableBucket bucket, long offset, int maxBytes, long waitNanos, ReadSpec wants) {
    this(bucket, offset, maxBytes, waitNanos, wants, ReadShare.UNLIMITED);
  }

  /** Asks for whole batches. */
  public FetchRequest(TableBucket bucket, long offset, int maxBytes, long waitNanos) {
    this(bucket, offset, maxBytes, waitNanos, ReadSpec.ALL);
  }

  /** The same, waiting for so long. */
  public FetchRequest waiting(long nanos) {
    return new FetchRequest(bucket, offset, maxBytes, nanos, wants, share);
  }
}
