package io.thalweg.server.kv.write;

import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.rows.RowBytes;
import java.time.Duration;
import java.util.BitSet;
import java.util.function.LongSupplier;

/**
 * Ends rows whose last write is {@code table.row.ttl} or longer ago; other rows stay as they are.
 * The table's engine and its rule for deletes do not matter. Owned by the bucket's rows loop.
 */
final class ExpiryMerge implements RowMerge {
  private final long ttlMillis;
  private final LongSupplier clusterMillis;
  private long nowMillis;

  /** A merge by cluster time, which it asks for on the bucket's rows loop. */
  ExpiryMerge(Duration ttl, LongSupplier clusterMillis) {
    this.ttlMillis = ttl.toMillis();
    this.clusterMillis = clusterMillis;
  }

  @Override
  public void begin(BitSet targets, long stampMillis) {
    nowMillis = clusterMillis.getAsLong();
  }

  @Override
  public boolean checksRows() {
    return false;
  }

  @Override
  public boolean merge(RowBytes old, BinaryList incoming, int at, BinaryList out) {
    if (old.isAbsent() || old.writtenMillis() > nowMillis - ttlMillis) {
      return false;
    }
    out.addAbsent();
    return true;
  }
}
