package io.thalweg.format.aggregate;

import io.thalweg.format.batch.ColumnStats;
import java.util.Arrays;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;

/** How many rows, or values that are not null. One thread. */
final class CountState implements State {
  private final boolean rowsOnly;
  private long[] counts = {};

  /**
   * Begins at 0.
   *
   * @param rowsOnly counts rows, whatever is in them
   */
  CountState(boolean rowsOnly) {
    this.rowsOnly = rowsOnly;
  }

  @Override
  public void grow(int count) {
    counts = count > counts.length ? Arrays.copyOf(counts, Groups.room(count)) : counts;
  }

  @Override
  public void add(FieldVector vector, int[] rows, int[] groups) {
    boolean nulls = !rowsOnly && vector.getNullCount() > 0;
    for (int i = 0; i < rows.length; i++) {
      counts[groups[i]] += nulls && vector.isNull(rows[i]) ? 0 : 1;
    }
  }

  @Override
  public void merge(FieldVector vector, int[] rows, int[] groups) {
    BigIntVector partial = (BigIntVector) vector;
    for (int i = 0; i < rows.length; i++) {
      counts[groups[i]] += partial.get(rows[i]);
    }
  }

  @Override
  public boolean addStatistics(ColumnStats stats, int rows) {
    if (!rowsOnly && stats == null) {
      return false;
    }
    counts[0] += rows - (rowsOnly ? 0 : stats.nullCount());
    return true;
  }

  @Override
  public void write(FieldVector vector, int first, int count) {
    BigIntVector result = (BigIntVector) vector;
    result.allocateNew(count);
    for (int i = 0; i < count; i++) {
      result.set(i, counts[first + i]);
    }
    result.setValueCount(count);
  }

  @Override
  public int groupBytes() {
    return Long.BYTES;
  }
}
