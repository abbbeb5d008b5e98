package io.thalweg.server.api;

import io.thalweg.format.batch.EncodedBatch;
import java.util.List;

/**
 * Batches of one bucket, consecutive. Holds memory until closed.
 *
 * @param batches in offset order, the first holding the offset that was asked for; empty when
 *     nothing came in time
 * @param nextOffset where to go on
 * @param startOffset first offset that the bucket holds
 * @param endOffset the offset after the last record that this server knows to be committed
 */
public record Fetched(List<Batch> batches, long nextOffset, long startOffset, long endOffset)
    implements AutoCloseable {
  /** Copies the list. */
  public Fetched {
    batches = List.copyOf(batches);
  }

  /** One batch and the offset of its first record. */
  public record Batch(long baseOffset, EncodedBatch encoded) {
    /** The offset after its last record. */
    public long endOffset() {
      return baseOffset + encoded.header().recordCount();
    }
  }

  @Override
  public void close() {
    batches.forEach(batch -> batch.encoded().close());
  }
}
