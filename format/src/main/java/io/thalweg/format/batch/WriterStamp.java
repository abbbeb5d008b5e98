package io.thalweg.format.batch;

/**
 * Identifies a batch of a writer, so that it is stored once.
 *
 * @param writerId assigned by the cluster, or -1 for a writer that does not store once
 * @param epoch of the writer, from 0; an older epoch is fenced
 * @param sequence of the batch's first record, per writer and bucket: 0 at first, then the sum of
 *     the record counts before it, modulo 2^31
 */
public record WriterStamp(long writerId, short epoch, int sequence) {
  /**
   * How many of the last stored batches of a writer and bucket are recognised when they come again.
   * A writer that stores once has at most that many batches unacknowledged.
   */
  public static final int WINDOW = 16;

  /** The stamp of a writer that does not store once. */
  public static final WriterStamp NONE = new WriterStamp(-1, (short) -1, -1);

  /** Whether the writer stores once. */
  public boolean present() {
    return writerId >= 0;
  }

  /** The sequence that must follow a batch of {@code recordCount} records. */
  public int next(int recordCount) {
    return (sequence + recordCount) & Integer.MAX_VALUE;
  }
}
