package io.thalweg.server.kv;

import io.thalweg.format.row.BinaryList;
import java.time.Duration;
import java.util.BitSet;

/**
 * Ends rows whose last write is {@code table.row.ttl} or longer ago, whatever the table's engine
 * and its rule for deletes say; others stay as they are.
 */
final class ExpiryMerge implements RowMerge {
  private final long ttlMillis;
  private long nowMillis;

  ExpiryMerge(Duration ttl) {
    this.ttlMillis = ttl.toMillis();
  }

  @Override
  public void begin(BitSet targets, long newNowMillis) {
    nowMillis = newNowMillis;
  }

  @Override
  public boolean merge(RowBytes old, BinaryList incoming, int at, BinaryList out) {
    if (old.isAbsent() || old.writtenMillis > nowMillis - ttlMillis) {
      return false;
    }
    out.addAbsent();
    return true;
  }
}
