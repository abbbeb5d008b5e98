package io.thalweg.simulation.world;

import io.thalweg.format.segment.SegmentFile;
import io.thalweg.parquet.ChecksumRules;
import java.nio.ByteBuffer;

/** Counts the damaged reads of segments that servers met. */
public final class SegmentDamage {
  private long torn;
  private long refused;

  /** {@code rules}, counting what they refuse. */
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

  /** A read that asked for {@code wanted} bytes of {@code key} gave these. */
  void read(String key, int wanted, ByteBuffer bytes) {
    if (key.startsWith(SegmentFile.PREFIX) && bytes.remaining() < wanted) {
      torn++;
    }
  }

  /** Reads that gave too few bytes. */
  public long torn() {
    return torn;
  }

  /** Checksums that were found wrong. */
  public long refused() {
    return refused;
  }
}
