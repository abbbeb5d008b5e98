package io.thalweg.format.aggregate;

import io.thalweg.format.batch.ColumnStats;
import java.util.Arrays;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;

/** Sums of FLOAT and DOUBLE, as DOUBLE. One thread. */
final class DoubleSumState implements State {
  private double[] sums = {};
  private boolean[] seen = {};

  @Override
  public void grow(int count) {
    if (count > seen.length) {
      sums = Arrays.copyOf(sums, Groups.room(count));
      seen = Arrays.copyOf(seen, Groups.room(count));
    }
  }

  @Override
  public void add(FieldVector vector, int[] rows, int[] groups) {
    Cells.Doubles values = Cells.doubles(vector);
    boolean nulls = vector.getNullCount() > 0;
    for (int i = 0; i < rows.length; i++) {
      if (!nulls || !vector.isNull(rows[i])) {
        sums[groups[i]] += values.at(rows[i]);
        seen[groups[i]] = true;
      }
    }
  }

  @Override
  public void merge(FieldVector vector, int[] rows, int[] groups) {
    add(vector, rows, groups);
  }

  @Override
  public boolean addStatistics(ColumnStats stats, int rows) {
    return stats != null && stats.nullCount() == rows;
  }

  @Override
  public void write(FieldVector vector, int first, int count) {
    Float8Vector result = (Float8Vector) vector;
    result.allocateNew(count);
    for (int i = 0; i < count; i++) {
      if (seen[first + i]) {
        result.set(i, sums[first + i]);
      }
    }
    result.setValueCount(count);
  }

  @Override
  public int groupBytes() {
    return Double.BYTES + 1;
  }
}
