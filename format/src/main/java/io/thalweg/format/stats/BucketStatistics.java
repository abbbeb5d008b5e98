package io.thalweg.format.stats;

/**
 * What a bucket's log holds.
 *
 * @param startOffset of the first record
 * @param endOffset after the last record
 * @param segmentEnd the offset after the last record that is in a segment; figures of columns hold
 *     for the records before it
 * @param segments how many there are
 * @param bytes of all records where they are stored
 */
public record BucketStatistics(
    int bucket, long startOffset, long endOffset, long segmentEnd, int segments, long bytes) {

  /** Records of the bucket. */
  public long rows() {
    return endOffset - startOffset;
  }

  /** Records that are in segments. */
  public long segmentRows() {
    return segmentEnd - startOffset;
  }
}
