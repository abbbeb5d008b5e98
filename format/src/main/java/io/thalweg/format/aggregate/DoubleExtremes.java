package io.thalweg.format.aggregate;

import io.thalweg.format.batch.ColumnStats;
import java.util.Arrays;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;

/** Least or greatest FLOAT, widened, or DOUBLE; NaN is greater than any number. One thread. */
final class DoubleExtremes extends ExtremeState {
  private double[] kept = {};

  DoubleExtremes(boolean greatest) {
    super(greatest);
  }

  @Override
  void resize(int room) {
    kept = Arrays.copyOf(kept, room);
  }

  @Override
  Values open(FieldVector vector) {
    Cells.Doubles values = Cells.doubles(vector);
    return new Values() {
      @Override
      public int compare(int row, int group) {
        return Double.compare(values.at(row), kept[group]);
      }

      @Override
      public void keep(int row, int group) {
        kept[group] = values.at(row);
      }
    };
  }

  @Override
  boolean keepBounds(ColumnStats.Bounds bounds, boolean first) {
    if (!(bounds instanceof ColumnStats.Doubles known)
        || !(known.min() <= known.max())
        || known.min() == 0
        || known.max() == 0) {
      // Statistics do not tell -0 from 0.
      return false;
    }
    double value = isGreatest() ? known.max() : known.min();
    kept[0] = first || replaces(Double.compare(value, kept[0])) ? value : kept[0];
    return true;
  }

  @Override
  void put(FieldVector vector, int row, int group) {
    if (vector instanceof Float4Vector) {
      vector.getDataBuffer().setFloat((long) row << 2, (float) kept[group]);
    } else {
      vector.getDataBuffer().setDouble((long) row << 3, kept[group]);
    }
  }

  @Override
  int valueBytes() {
    return Double.BYTES;
  }
}
