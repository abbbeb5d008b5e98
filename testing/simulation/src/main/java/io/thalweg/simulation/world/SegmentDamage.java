package io.thalweg.simulation.world;

import io.thalweg.format.segment.SegmentFile;
import io.thalweg.parquet.ChecksumRules;
import java.nio.ByteBuffer;

/** Counts the damaged reads of segments that servers met. */
public final class SegmentDamage {
  private long torn;
  private long refused;

  /** {@code rules}, with a count of their refusals. */
  public ChecksumRules counting(ChecksumRules rules) {
    return new ChecksumRules() {
      @Override
      public boolean isWhole(int written, int read) {
        boolean whole = rules.isWhole(written, read);
        refused += whole ? 0 : 1;
        return whole;
      }
    };
  }

  /** Notes the bytes that a read of {@code wanted} bytes of {@code key} returned. */
  void read(String key, int wanted, ByteBuffer bytes) {
    if (key.startsWith(SegmentFile.PREFIX) && bytes.remaining() < wanted) {
      torn++;
    }
  }

  /** Reads that returned too few bytes. */
  public long torn() {
    return torn;
  }

  /** Checksums that were found wrong. */
  public long refused() {
    return refused;
  }
}
