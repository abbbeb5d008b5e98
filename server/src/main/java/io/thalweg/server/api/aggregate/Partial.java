package io.thalweg.server.api.aggregate;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/** The result of one bucket. Holds memory until closed; one thread. */
public final class Partial implements AutoCloseable {
  private final int bucket;
  private final long baseOffset;
  private final long nextOffset;
  private final long endOffset;
  private final BucketGroups groups;

  Partial(int bucket, long baseOffset, long nextOffset, long endOffset, BucketGroups groups) {
    this.bucket = bucket;
    this.baseOffset = baseOffset;
    this.nextOffset = nextOffset;
    this.endOffset = endOffset;
    this.groups = groups;
  }

  /** The bucket's number. */
  public int bucket() {
    return bucket;
  }

  /** The first offset that it covers; of rows the offset at which they were read. */
  public long baseOffset() {
    return baseOffset;
  }

  /** The offset after the last that it covers; of rows {@link #baseOffset}. */
  public long nextOffset() {
    return nextOffset;
  }

  /** Where the bucket ended, as far as the server knew. */
  public long endOffset() {
    return endOffset;
  }

  /** How many groups. */
  public int count() {
    return groups.count();
  }

  /** About how many bytes the groups take. */
  public long bytes() {
    return groups.bytes();
  }

  /**
   * Makes vectors of {@code count} groups from the {@code first}-th on, which the caller closes.
   *
   * @throws io.thalweg.format.error.ThalwegException LIMIT_REACHED for a sum of too many digits
   */
  public VectorSchemaRoot write(int first, int count, BufferAllocator allocator) {
    return groups.write(first, count, allocator);
  }

  @Override
  public void close() {
    groups.close();
  }
}
