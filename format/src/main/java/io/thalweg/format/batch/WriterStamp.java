package io.thalweg.format.batch;

/**
 * Who wrote a batch, for storing it once.
 *
 * @param writerId given by the cluster, or -1 for a writer that takes no part
 * @param epoch of the writer, from 0; an older epoch is fenced
 * @param sequence of the batch's first record, per writer and bucket: 0 at first, then the sum of
 *     the record counts before it, modulo 2^31
 */
public record WriterStamp(long writerId, short epoch, int sequence) {
  /**
   * Batches of a writer and bucket, the last ones stored, that are recognised when they come again.
   * A writer that means to store once sends no more than that ahead of what was acknowledged.
   */
  public static final int WINDOW = 16;

  /** Of a writer that takes no part in storing once. */
  public static final WriterStamp NONE = new WriterStamp(-1, (short) -1, -1);

  /** Whether the writer takes part. */
  public boolean present() {
    return writerId >= 0;
  }

  /** The sequence that must follow a batch of {@code recordCount} records. */
  public int next(int recordCount) {
    return (sequence + recordCount) & Integer.MAX_VALUE;
  }
}
